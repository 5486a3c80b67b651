"""Clusters: hosts, datastores and networks that belong together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..basics.errors import ArgumentError, RefusedError
from ..basics.plan import Change, Order
from ..basics.secrecy import quoted
from ..cloud.collection import Collection
from ..cloud.directory import CLUSTERS, DATASTORES, HOSTS, NETWORKS
from ..cloud.naming import listed
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..model import claims
from ..model.about import About
from ..model.attributes import Attributes
from ..model.capacity import RESERVED_CPU, RESERVED_MEMORY
from ..model.claims import CLAIMED
from ..model.fields import Attribute
from ..model.kind import Kind
from ..model.members import Members, OwnedMembers, join_and_leave
from ..model.mirrors import show_moved

_EXAMPLE = "{ONE_DRS: {POLICY: balance, AUTOMATION: manual}}"
#: The ID of the cluster ``default``, to which a host moves when it leaves another one.
DEFAULT = 0
#: The contents of a cluster: the collection of each part, and the path of their IDs.
_PARTS: tuple[tuple[Collection, str], ...] = (
    (HOSTS, "HOSTS/ID"),
    (DATASTORES, "DATASTORES/ID"),
    (NETWORKS, "VNETS/ID"),
)
#: Settings for balancing a cluster: items with fixed values, and the suffixes of items that are numbers.
_DRS = "ONE_DRS"
_DRS_WORDS = {"POLICY": ("pack", "balance"), "AUTOMATION": ("manual", "partial", "full")}
_DRS_NUMBERS = ("MIGRATION_THRESHOLD", "_WEIGHT", "PREDICTIVE")


class Hosts(Members):
    """The hosts of a cluster; each is in one cluster, which it names."""

    def foresee(self, cloud: Cloud, name: str, resource: Resource | None, change: Change) -> None:
        default = cloud.pool(CLUSTERS).by_id.get(DEFAULT)
        for number in change.write[0]:
            show_moved(cloud, number, name)
        if default is not None:
            for number in change.write[1]:
                show_moved(cloud, number, default.name)


_FIELDS = (
    Hosts(
        "hosts",
        HOSTS,
        "HOSTS/ID",
        theirs=True,
        mirrored="cluster",
        writer="hosts",
        doc=(
            "Names of all its hosts. A host is always in one cluster: a listed host leaves its other cluster, and a "
            "host that is not listed moves to ``default``. A host that declares its ``cluster`` must agree."
        ),
        example="[host01, host02]",
    ),
    Members(
        "datastores",
        DATASTORES,
        "DATASTORES/ID",
        theirs=True,
        mirror="CLUSTERS",
        mirrored="clusters",
        writer="datastores",
        doc="Names of all its datastores. A datastore that declares its ``clusters`` must agree.",
        example="[system, default]",
    ),
    OwnedMembers(
        "networks",
        NETWORKS,
        "VNETS/ID",
        word="network",
        theirs=True,
        mirror="CLUSTERS",
        mirrored="clusters",
        writer="networks",
        doc=(
            "All its networks, each by its name, or as ``{network, owner}`` if it does not belong to the account. A "
            "network that declares its ``clusters`` must agree."
        ),
        example="[EOLE, {network: dmz1, owner: alice}]",
    ),
    RESERVED_CPU,
    RESERVED_MEMORY,
    Attribute("description", doc="A description.", example="the blades of room 2"),
    CLAIMED,
)


def _refuse_balancing(name: str, value: Any) -> None:
    """Raise ArgumentError for settings that OpenNebula rejects or rewrites (Cluster.cc, release 7.4.0)."""
    if name.upper() != _DRS or not isinstance(value, Mapping) or not value:
        return
    # The message shows the value as written in the pillar.
    said = {str(item).upper(): "" if each is None else str(each) for item, each in value.items()}
    for item, words in _DRS_WORDS.items():
        if not said.get(item):
            raise ArgumentError(f"{item} must be given, one of {', '.join(words)}")
        if said[item] not in words:
            raise ArgumentError(f"{item} must be one of {', '.join(words)}, not {quoted(said[item])}")
    for item, text in said.items():
        number = "" if item.endswith("_THRESHOLD") and text == "-1" else text
        if item.endswith(_DRS_NUMBERS) and not re.fullmatch(r"([0-9]+(\.[0-9]+)?)?", number):
            raise ArgumentError(f"{item} must be a number of 0 or more, not {quoted(text)}")


def _check(cloud: Cloud, order: Order, resource: Resource | None) -> None:
    """Raise RefusedError for hosts that are to leave ``default``, since hosts that leave a cluster move there."""
    if resource is None or resource.id != DEFAULT or "hosts" not in order.wanted:
        return
    leaving = [
        number for change in CLUSTER.changes(order, resource) if change.field == "hosts" for number in change.write[1]
    ]
    if leaving:
        hosts = listed(HOSTS, leaving, cloud.pool(HOSTS).by_id)
        raise RefusedError(
            f"hosts: {hosts} would leave cluster {resource.name}, to which hosts move that leave another cluster: "
            f"list them here, or add them to another cluster."
        )


def _write_hosts(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
    """Move hosts into the cluster, and those that are no longer listed to ``default``."""
    for change in changes:
        added, removed = change.write
        for number in added:
            cloud.call("one.cluster.addhost", resource.id, number)
        for number in removed:
            # The call takes a host out of any cluster, and the host may have been moved meanwhile.
            if cloud.read(HOSTS, number).number("CLUSTER_ID") == resource.id:
                cloud.call("one.cluster.delhost", resource.id, number)
        cloud.refresh_known(HOSTS, [*added, *removed])


def _in_use(cloud: Cloud, resource: Resource) -> None:
    """Raise RefusedError for a cluster that OpenNebula does not delete."""
    if resource.id == DEFAULT:
        raise RefusedError("cluster default is OpenNebula's own and cannot be removed.")
    held = list(_held(cloud, cloud.read(CLUSTERS, resource.id)))
    if held:
        raise RefusedError(f"cluster {resource.name} (ID {resource.id}) still has {', '.join(held)}. Move them first.")


def _held(cloud: Cloud, resource: Resource) -> Iterator[str]:
    for kind, path in _PARTS:
        count = sum(1 for number in resource.numbers(path) if not cloud.leaving(kind.cli, number))
        if count:
            yield f"{count} {kind.title}{'s' if count > 1 else ''}"


CLUSTER = Kind.of(
    CLUSTERS,
    about=About(
        rights=(
            "the account creates clusters with CREATE on CLUSTER, changes their attributes and names with MANAGE, and "
            "removes them with ADMIN; to add an object to one or remove it, it needs ADMIN on both."
        ),
        example="blades",
        declared="""
        - hosts: [host01, host02]
        - datastores: [system, default]
        - reserved_cpu: 10%
        """,
        kept="``default``, nor one that still has hosts, datastores or networks",
    ),
    fields=(
        *_FIELDS,
        Attributes(_FIELDS, example=_EXAMPLE, check=_refuse_balancing),
    ),
    create=claims.bare(lambda cloud, order: cloud.call("one.cluster.allocate", order.name)),
    writers={
        "update": claims.update("one.cluster"),
        "hosts": _write_hosts,
        "datastores": join_and_leave("one.cluster.adddatastore", "one.cluster.deldatastore", part=DATASTORES),
        "networks": join_and_leave("one.cluster.addvnet", "one.cluster.delvnet", part=NETWORKS),
    },
    remove=lambda cloud, resource: cloud.call("one.cluster.delete", resource.id),
    in_the_way=_in_use,
    check=_check,
)
