"""The address ranges of a virtual network: compared, added, changed and removed one by one.

A range has no name in OpenNebula. Its type and its first address identify it, and cannot be changed; a range with
another first address is another range. The list of declared ranges is complete: an existing range that is not declared
is removed, unless addresses of it are in use.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Any

from ...basics.addresses import IPV4, IPV6, MAC
from ...basics.errors import ArgumentError, RefusedError
from ...basics.pairing import pairs
from ...basics.plan import Change, Order
from ...basics.syntax import canonical, render
from ...basics.values import POSITIVE, TEXT, YES_NO, Choice, Integer, Type, expected
from ...cloud.collection import Collection
from ...cloud.directory import NETWORKS
from ...cloud.procedure import Procedure
from ...cloud.resource import Resource, Vector
from ...cloud.view import Cloud
from ...cloud.waiting import settled
from ...model import secgroups, sharing
from ...model.arguments import NONE, REQUIRED
from ...model.fields import Field
from ...model.leaves import BOOLEAN, LABEL, SCALAR, of
from ...model.leaves import IPV4 as IPV4_TEXT
from ...model.leaves import IPV6 as IPV6_TEXT
from ...model.nodes import Each, Key, Keys, Node
from ...model.reading import Reading, plain
from ...model.vectors import labelled
from .addresses import NUMBER, is_vm, needed, positions
from .range_types import SHAREABLE, START, implied, strange
from .range_types import needed as necessary

_KNOWN: dict[str, Type] = {
    "TYPE": Choice(*START),
    "SIZE": POSITIVE,
    "IP": IPV4,
    "IP6": IPV6,
    "MAC": MAC,
    "GLOBAL_PREFIX": IPV6,
    "ULA_PREFIX": IPV6,
    "PREFIX_LENGTH": Integer(1, 128),
    "SHARED": YES_NO,
    secgroups.ATTRIBUTE: secgroups.Names(),
}
#: Attributes that OpenNebula never changes either, and that may be omitted.
_FIXED = ("MAC", "SHARED", "IPAM_MAD")
#: Attributes that OpenNebula therefore never removes. Every range has the others, so that null has no effect on them.
_STAYING = ("SHARED", "IPAM_MAD", "PREFIX_LENGTH")
_EVERY = ("TYPE", "SIZE", "IP", "IP6", "MAC", "AR_ID")
#: Attributes that OpenNebula computes, and does not accept in an update.
DERIVED = {"MAC_END", "IP_END", "IP6_END", "USED_LEASES", "LEASES", "NEXT_INDEX", "ALLOCATED", "PARENT_NETWORK_AR_ID"}
DERIVED |= {f"IP6_{scope}{end}" for scope in ("GLOBAL", "ULA") for end in ("", "_END")}


#: Why no range is added to a reservation: OpenNebula does not take its addresses from the parent [measured on 7.4.0].
OF_NO_PARENT = (
    "the network is a reservation, and its parent could lease the addresses of a range that is added; reserve more of "
    "the parent with onevnet.reserve"
)


@dataclass(frozen=True)
class Range:
    """A declared address range: its label, and its attributes in OpenNebula's terms.

    removed
        Attributes to be removed.
    """

    label: str
    attributes: Mapping[str, Any]
    removed: frozenset[str] = frozenset()

    @property
    def type(self) -> str:
        return self.attributes["TYPE"]

    def fits(self, present: Mapping[str, str]) -> bool:
        """Whether the existing range ``present`` can be this one."""
        if present.get("TYPE") != self.type:
            return False
        fixed = (*START[self.type], *(name for name in _FIXED if name in self.attributes))
        return all(_stored(present, name) == self.attributes[name] for name in fixed)

    def matches(self, present: Mapping[str, str]) -> bool:
        """Whether the existing range ``present`` is as declared."""
        return self.fits(present) and not self.differences(present)

    def differences(self, present: Mapping[str, str]) -> dict[str, Any]:
        """The declared attributes in which ``present`` differs."""
        found = {name: value for name, value in self.attributes.items() if _stored(present, name) != value}
        return found | {name: None for name in sorted(self.removed) if _stored(present, name)}

    def before(self, present: Mapping[str, str], differing: Iterable[str]) -> dict[str, Any]:
        """The values of ``present`` in the differing attributes."""
        return {name: _stored(present, name) for name in differing}

    def shown(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """Attributes of this range, or of its existing counterpart, for people."""
        groups: Any = self.attributes.get(secgroups.ATTRIBUTE)
        return {
            name: groups.shown(value.numbers) if isinstance(value, secgroups.Groups) else value
            for name, value in attributes.items()
        }


#: The keys of a range in the pillar.
ADDRESS_RANGE = Keys(
    "an address range",
    {
        "type": Key(
            of(_KNOWN["TYPE"]),
            "Type of its addresses.",
            "derived from `ip`, `ip6` and the prefixes; `IP4` without any of them",
            "IP4_6",
        ),
        "size": Key(of(_KNOWN["SIZE"]), "Number of addresses.", REQUIRED, "100", "addresses"),
        "ip": Key(IPV4_TEXT, "First address.", "required for types with IP4", "192.168.0.50"),
        "ip6": Key(IPV6_TEXT, "First IPv6 address.", "required for types with STATIC", "'2001:db8::10'"),
        "prefix_length": Key(
            of(_KNOWN["PREFIX_LENGTH"]), "Length of the prefix of `ip6`.", "required for types with STATIC", "64"
        ),
        "global_prefix": Key(IPV6_TEXT, "Global prefix, for IP6 and IP4_6.", NONE, "'2001:db8::'"),
        "ula_prefix": Key(IPV6_TEXT, "Unique local prefix, for IP6 and IP4_6.", NONE, "'fd00::'"),
        "mac": Key(of(_KNOWN["MAC"]), "First hardware address.", "derived from the IP address", "'02:00:c0:a8:00:32'"),
        "shared": Key(BOOLEAN, "Whether several VMs may have one address.", "`false`", "true"),
        secgroups.ARGUMENT: Key(
            secgroups.NAMES, "Security groups of NICs with these addresses, besides the network's.", NONE, "[web]"
        ),
    },
    others=SCALAR,
)


class AddressRanges(Field):
    """The argument ``address_ranges``: a mapping by label, or a list where labels do not matter.

    holder
        The collection of the objects that have the ranges.
    """

    #: The elements that contain the users of an address.
    place = "AR_POOL/AR"
    doc = (
        "Every address range of the network, by a label of your choice; in a state, a list is possible. Each has "
        "``size`` in addresses, and where it begins: ``ip``, ``ip6`` with ``prefix_length``, ``mac``, "
        "``global_prefix``, ``ula_prefix``. These also determine its ``type`` (``IP4``, ``IP6``, ``IP6_STATIC``, "
        "``IP4_6``, ``IP4_6_STATIC`` or ``ETHER``) if it is not declared. Any other attribute may be added. Its "
        "type and its first address identify a range. Ranges are added, changed and removed one by one; one "
        "that is not listed is removed, unless addresses of it are in use. In a state, ``null`` removes an "
        "attribute of a range."
    )
    example = "{servers: {type: IP4, ip: 192.168.0.200, size: 20}}"

    def own_node(self) -> Node:
        return Each("address range", LABEL, ADDRESS_RANGE)

    attribute_names = ("AR",)

    def __init__(self, name: str, holder: Collection = NETWORKS, **options: Any):
        super().__init__(name, **options)
        self.holder = holder

    def wanted(self, value: Any) -> list[Range]:
        named = labelled(self.name, value, "ranges")
        return [Range(label, *_attributes(f"{self.name}.{label}", each)) for label, each in named]

    def resolve(self, cloud: Cloud, wanted: list[Range], order: Order) -> list[Range]:
        found = [self._resolved(cloud, each, order) for each in wanted]
        # OpenNebula does not look into the ranges of templates.
        groups = (each.attributes.get(secgroups.ATTRIBUTE) for each in found if self.holder is NETWORKS)
        order.uses[self.name] = [key for each in groups if isinstance(each, secgroups.Groups) for key in each.keys]
        return found

    def _resolved(self, cloud: Cloud, each: Range, order: Order) -> Range:
        if secgroups.ATTRIBUTE not in each.attributes:
            return each
        where, holder = f"{self.name}.{each.label}.{secgroups.ARGUMENT}", sharing.declared(cloud, self.holder, order)
        groups = secgroups.resolved(cloud, where, each.attributes[secgroups.ATTRIBUTE], holder)
        return replace(each, attributes={**each.attributes, secgroups.ATTRIBUTE: groups})

    def said(self, resource: Resource, reading: Reading) -> dict[str, Any] | None:
        if resource.text("PARENT_NETWORK_ID"):
            # A reservation keeps the ranges that it got from its parent.
            return None
        found = [self._range_said(each, resource, reading) for each in resource.vectors(self.place)]
        return {f"range{number}": each for number, each in enumerate(found, 1)} or None

    def _range_said(self, present: Vector, resource: Resource, reading: Reading) -> dict[str, Any]:
        """An existing range as it is declared, without the attributes that OpenNebula computes."""
        left_out = {*DERIVED, "AR_ID", *(("MAC",) if _is_made(present) else ())}
        named = {name: value for name, value in present.items() if value != "" and name not in left_out}
        said: dict[str, Any] = {}
        for name, text in named.items():
            if name == secgroups.ATTRIBUTE:
                said[secgroups.ARGUMENT] = secgroups.said(reading, self.name, text, resource.owner)
            elif name in _KNOWN:
                value = _stored(present, name)
                # The default type of a range.
                usual = value is False or (name == "TYPE" and value == implied(named))
                said |= {} if usual else {name.lower(): _KNOWN[name].said(value)}
            else:
                said[name] = plain(text)
        return said

    def contribute(self, wanted: list[Range]) -> dict[str, Any]:
        return {"AR": [written(each.attributes) for each in wanted]} if wanted else {}

    def changes(self, resource: Resource | None, wanted: list[Range]) -> Iterator[Change]:
        present = [] if resource is None else list(resource.vectors(self.place))
        found, left = match(wanted, present)
        removed = [self._removal(resource, old) for old in left if resource is not None]
        kept = [
            self._update(resource, each, old)
            for each, old in found
            if resource is not None and old is not None and each.differences(old)
        ]
        yield from (change for change in removed if not change.late)
        yield from (change for change in kept if not change.late)
        for each, old in found:
            if old is None:
                self._refuse_free_standing(resource, each)
                path = f"{self.name}:{each.label}"
                yield self.change(path, None, each.shown(each.attributes), ("add_ar", _ar(each.attributes)))
        yield from (change for change in (*kept, *removed) if change.late)

    def _refuse_free_standing(self, resource: Resource | None, each: Range) -> None:
        if resource is not None and resource.text("PARENT_NETWORK_ID"):
            raise RefusedError(f"{self.name}.{each.label}: {OF_NO_PARENT}.")

    def _removal(self, resource: Resource, old: Vector) -> Change:
        number = old.number("AR_ID")
        path = f"{self.name}:AR {number}"
        return self.change(path, summary(old), None, ("rm_ar", number), late=needed(resource, old) > 0)

    def _update(self, resource: Resource, each: Range, old: Vector) -> Change:
        differing = each.differences(old)
        if "SIZE" in differing and old.get("PARENT_NETWORK_AR_ID"):
            raise RefusedError(
                f"{self.name}.{each.label}.size: the range is reserved, so OpenNebula cannot change its size "
                f"({old['SIZE']}); reserve more of the parent with onevnet.reserve."
            )
        for name in differing.keys() & _STAYING:
            if differing[name] is None:
                raise RefusedError(
                    f"{self.name}.{each.label}.{name.lower()}: OpenNebula cannot remove it from a range; declare the "
                    "present value, or a range that begins elsewhere."
                )
        # ``update_ar`` replaces all attributes that it can, so the call contains the unchanged ones, too.
        kept = {name: value for name, value in old.items() if name not in DERIVED | each.removed}
        late = "SIZE" in differing and needed(resource, old) > each.attributes["SIZE"]
        template = _ar({**kept, **each.attributes})
        shown = each.shown(each.before(old, differing)), each.shown(differing)
        return self.change(f"{self.name}:{each.label}", *shown, ("update_ar", template), late=late)


def leasable(ranges: Iterable[Vector], address: str) -> bool:
    """Whether an IP address is in one of these ranges, declared or existing."""
    return any(True for _ in _positions(ranges, address))


def leased_to(ranges: Iterable[Vector], address: str) -> Iterator[int]:
    """The IDs of the VMs that have an IP address of one of these ranges, which must come from a pool.

    ``HELD`` stands for a held address.
    """
    for each, position in _positions(ranges, address):
        for taken, holder in positions(each):
            if taken == position and not YES_NO.stored(each.get("SHARED", "")) and is_vm(holder):
                yield holder & NUMBER


def _positions(ranges: Iterable[Vector], address: str) -> Iterator[tuple[Vector, int]]:
    """Each range that contains an IP address, with its position there."""
    wanted = ip_address(address)
    for each in ranges:
        first = each.address("IP")
        if first is None or first.version != wanted.version:
            continue
        if 0 <= int(wanted) - int(first) < each.number("SIZE"):
            yield each, int(wanted) - int(first)


def is_inherited(change: Change) -> bool:
    """Whether NICs inherit the changed attribute of a range, which has no argument."""
    return change.write[0] == "update_ar" and bool({*change.old, *change.new} - _KNOWN.keys())


def write_ranges(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> Procedure:
    """Carry out changes of ranges, one call each, since a network accepts the next one only when it is READY again."""
    for number, change in enumerate(changes):
        method, argument = change.write
        cloud.call(f"one.vn.{method}", resource.id, argument)
        if number + 1 < len(changes):
            subject = NETWORKS.describe(resource.name, resource.owner)
            yield settled(NETWORKS, resource.id, subject, owner=resource.owner)


def _attributes(where: str, value: Any) -> tuple[dict[str, Any], frozenset[str]]:
    """The attributes of a declared range, and those to be removed."""
    if not isinstance(value, Mapping):
        raise expected(where, "a dictionary of attributes of an address range", value)
    found: dict[str, Any] = {}
    removed: set[str] = set()
    for key, inner in value.items():
        name = str(key).upper()
        if inner is None:
            removed.add(name)
            continue
        if name in found:
            raise ArgumentError(f"{where}: {name} is given twice, in upper and in lower case.")
        if name in DERIVED or name == "AR_ID":
            raise ArgumentError(f"{where}.{key}: OpenNebula computes it itself.")
        found[name] = _KNOWN.get(name, TEXT).wanted(f"{where}.{key}", inner)
    found = {"TYPE": implied(found), **found}
    kind = found["TYPE"]
    missing = [name.lower() for name in necessary(kind) if name not in found]
    if missing:
        raise ArgumentError(f"{where}: {' and '.join(missing)} must be given for type {kind}.")
    for name in strange(kind, found):
        raise ArgumentError(f"{where}.{name.lower()}: a range of type {kind} has none.")
    if found.get("SHARED") and kind not in SHAREABLE:
        raise ArgumentError(f"{where}.shared: only ranges of the types {' and '.join(SHAREABLE)} can be shared.")
    return found, frozenset(removed - found.keys() - {*_EVERY, *DERIVED})


def match(wanted: list[Range], present: list[Vector]) -> tuple[list[tuple[Range, Vector | None]], list[Vector]]:
    """Pair declared with existing ranges: first those without differences, then the others."""
    found = pairs(wanted, present, Range.matches, Range.fits)
    counterparts = [(each, present[found[index]] if index in found else None) for index, each in enumerate(wanted)]
    return counterparts, [old for index, old in enumerate(present) if index not in found.values()]


def after_changes(wanted: list[Range], present: list[Vector]) -> list[Vector]:
    """The ranges of a network once they are as declared, without what OpenNebula generates for a new one."""
    return [Vector({**(old or {}), **written(each.attributes)}) for each, old in match(wanted, present)[0]]


def _stored(present: Mapping[str, str], name: str) -> Any:
    text = present.get(name, "")
    return _KNOWN[name].stored(text) if name in _KNOWN else text


def written(attributes: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: value.text if isinstance(value, secgroups.Groups) else canonical(value)
        for name, value in attributes.items()
    }


def _is_made(present: Mapping[str, str]) -> bool:
    """Whether OpenNebula has derived the first hardware address of a range from its first IP address."""
    first = present.get("IP", "")
    made = ":".join(f"{int(part):02x}" for part in first.split(".")) if first.count(".") == 3 else ""
    return bool(made) and present.get("MAC", "").lower().endswith(made)


def _ar(attributes: Mapping[str, Any]) -> str:
    return render({"AR": written(attributes)})


def summary(old: Mapping[str, Any]) -> dict[str, Any]:
    shown = ("TYPE", "IP", "IP6", "MAC", "SIZE", "GLOBAL_PREFIX", "ULA_PREFIX")
    return {name: _stored(old, name) for name in shown if old.get(name)}
