"""Virtual network templates, and the properties of networks that are created from one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...basics.plan import Change, Order
from ...cloud.directory import CLUSTERS, VNTEMPLATES
from ...cloud.resource import Resource, Vector
from ...cloud.view import Cloud
from ...model import handover, writers
from ...model.about import About
from ...model.attributes import SET_ITSELF, Attributes
from ...model.fields import REMOVED, Attribute
from ...model.kind import Kind
from ...model.lock import OF_A_USER, write_lock
from ...model.members import Members, Named
from ...model.reading import Reading
from ...model.secgroups import SecurityGroups
from .limits import refuse_unusable
from .link import GUESTS, link
from .ranges import DERIVED, AddressRanges, Range, match, summary, written


class Ranges(AddressRanges):
    """The address ranges: an update replaces all of them."""

    place = "TEMPLATE/AR"

    def changes(self, resource: Resource | None, wanted: list[Range]) -> Iterator[Change]:
        found, left = match(wanted, [] if resource is None else list(resource.vectors(self.place)))
        write = {"AR": [_kept(each, old) for each, old in found] or REMOVED}
        for old in left:
            where = next((old[name] for name in ("IP", "IP6", "MAC") if old.get(name)), old.get("TYPE", ""))
            yield self.change(f"{self.name}:{where}", summary(old), None, write)
        for each, present in found:
            path = f"{self.name}:{each.label}"
            if present is None:
                yield self.change(path, None, each.shown(each.attributes), write)
            elif differing := each.differences(present):
                before = each.shown(each.before(present, differing))
                yield self.change(path, before, each.shown(differing), write)


def _kept(each: Range, old: Vector | None) -> dict[str, str]:
    """The attributes of a range to write: undeclared attributes of the existing one are kept."""
    stays = {} if old is None else {name: text for name, text in old.items() if name not in DERIVED | each.removed}
    return {**stays, **written(each.attributes)}


class Clusters(Members):
    """The clusters of a new network, whose IDs are stored in one attribute."""

    def held(self, resource: Resource, wanted: Any) -> set[int]:
        return {int(word) for word in resource.text(self.path).split(",") if word.strip().isdecimal()}

    def said(self, resource: Resource, reading: Reading) -> list[str] | None:
        return self._names(self.held(resource, None), reading)

    def contribute(self, wanted: Named) -> dict[str, Any]:
        numbers = sorted(number for number in wanted.numbers.values() if number is not None)
        return {"CLUSTER_IDS": ",".join(map(str, numbers))} if numbers else {}

    def changes(self, resource: Resource | None, wanted: Named) -> Iterator[Change]:
        for change in super().changes(resource, wanted):
            yield self.change(change.path, change.old, change.new, self.contribute(wanted) or {"CLUSTER_IDS": REMOVED})


_FIELDS = (
    *link(made=False),
    *GUESTS,
    Ranges("address_ranges", VNTEMPLATES),
    SecurityGroups(
        "security_groups",
        VNTEMPLATES,
        doc=(
            "Names of all security groups of the networks, each one of the owner's own or else of oneadmin's. With "
            "an empty list, a network has OpenNebula's default, the group ``default``."
        ),
        otherwise="none, so that a network has ``default``",
    ),
    Clusters(
        "clusters",
        CLUSTERS,
        "TEMPLATE/CLUSTER_IDS",
        doc="Names of all clusters that a network belongs to; with an empty list it is the first one of the cloud.",
        example="[default]",
    ),
    Attribute("description", doc="A description.", example="A network behind a gateway"),
    *OF_A_USER,
)
#: The argument that contradicts another one, so that it is removed when that one is declared.
_OPPOSITE = {
    one: other
    for name in ("vlan_id", "outer_vlan_id")
    for one, other in ((name, f"automatic_{name}"), (f"automatic_{name}", name))
}
_APART = {
    "CLUSTER_IDS": "use clusters instead",
    **dict.fromkeys(("TEMPLATE_ID", "TEMPLATE_NAME"), SET_ITSELF),
}


def _implied(cloud: Cloud, order: Order) -> Mapping[str, Any]:
    """A declared number turns off the automatic one, and the other way round."""
    return {other: "" for name, other in _OPPOSITE.items() if order.wanted.get(name) and not order.wanted.get(other)}


VNTEMPLATE = Kind.of(
    VNTEMPLATES,
    about=About(
        rights=(
            "the account creates network templates with CREATE on VNTEMPLATE, and changes or removes them with MANAGE; "
            "to give one to another user it needs MANAGE on the user and on the object with its new owner, and USE "
            "on the group. "
            "Only members of group ``oneadmin`` choose a driver, bridge, physical device or cluster "
            "(VNET_RESTRICTED_ATTR in oned.conf)."
        ),
        example="private",
        declared="""
        - driver: vxlan
        - phydev: eth1
        - automatic_vlan_id: true
        - address_ranges:
            pool: {ip: 192.168.0.50, size: 150}
        - permissions: "640"
        """,
        removed=". Networks created from it stay.",
    ),
    fields=(*_FIELDS, Attributes(_FIELDS, elsewhere=_APART, example="{FILTER_IP_SPOOFING: true}")),
    create=handover.create_one(VNTEMPLATES, lambda cloud, order, text: cloud.call("one.vntemplate.allocate", text)),
    implied=_implied,
    check_declared=lambda wanted: refuse_unusable(wanted, None),
    check=lambda cloud, order, resource: refuse_unusable(order.wanted, resource, "TEMPLATE/VN_MAD"),
    writers={
        "owner": writers.give("one.vntemplate"),
        "update": writers.update("one.vntemplate"),
        "chown": writers.chown("one.vntemplate"),
        "chmod": writers.chmod("one.vntemplate"),
        "lock": write_lock("one.vntemplate"),
    },
    remove=lambda cloud, resource: cloud.call("one.vntemplate.delete", resource.id),
)
