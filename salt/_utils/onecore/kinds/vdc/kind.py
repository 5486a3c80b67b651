"""Virtual data centres: the clusters, hosts, datastores and networks that groups may use."""

from __future__ import annotations

from ...basics.errors import RefusedError
from ...basics.syntax import render
from ...cloud.directory import GROUPS, VDCS
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...model import writers
from ...model.about import About
from ...model.attributes import Attributes
from ...model.fields import Attribute
from ...model.kind import Kind
from ...model.ownership import MANAGED
from ...model.vdcs import DEFAULT, leave, loses
from .groups import Groups, write_groups, write_shares
from .shares import Shares

_ZONES = (
    "``ALL`` stands for all objects, also future ones. A dictionary has such a list for each zone; objects of another "
    "zone are listed by ID."
)
_FIELDS = (
    Groups(
        "groups",
        GROUPS,
        "GROUPS/ID",
        writer="groups",
        doc=(
            "Names of all its groups. OpenNebula implements VDCs by ACL rules, which two VDCs can share: a group "
            "that lost rights when it left the other VDC is added again."
        ),
        example="[eole]",
    ),
    Shares(
        "clusters",
        writer="shares",
        doc=f"All clusters whose hosts, datastores **and networks** its groups may use. {_ZONES}",
        example="[blades]",
    ),
    Shares("hosts", writer="shares", doc=f"All hosts on which VMs of its groups may run. {_ZONES}", example="ALL"),
    Shares("datastores", writer="shares", doc=f"All datastores that its groups may use. {_ZONES}", example="ALL"),
    Shares(
        "networks",
        writer="shares",
        doc=(
            "All networks that its groups may use, regardless of their permissions, each by its name, or as "
            f"``{{network, owner}}`` if it does not belong to the account. {_ZONES}"
        ),
        example="[EOLE]",
    ),
    Attribute("description", doc="A description.", example="the team eole"),
    MANAGED,
)


def _in_use(cloud: Cloud, resource: Resource) -> None:
    """Raise RefusedError for a VDC that OpenNebula needs, and for one whose groups would lose their rights."""
    if resource.id == DEFAULT:
        raise RefusedError("VDC default is OpenNebula's own and cannot be removed.")
    known = cloud.pool(GROUPS).by_id
    groups = [each for each in cloud.read(VDCS, resource.id).ids("GROUPS") if not cloud.leaving(GROUPS.cli, each)]
    # Groups do not lose rights that another VDC gives them as well.
    groups = [each for each in groups if each not in known or loses(cloud, resource, known[each])]
    if groups:
        names = ", ".join(sorted(known[each].name if each in known else f"ID {each}" for each in groups))
        raise RefusedError(
            f"VDC {resource.name} (ID {resource.id}) still has groups, which would lose their rights: {names}. "
            "Remove them first."
        )


def _remove(cloud: Cloud, resource: Resource) -> None:
    leave(cloud, resource, *sorted(cloud.read(VDCS, resource.id).ids("GROUPS")))
    cloud.call("one.vdc.delete", resource.id)


VDC = Kind.of(
    VDCS,
    about=About(
        rights=(
            "the account creates, changes and removes VDCs with CREATE and ADMIN on VDC; it needs ADMIN on the "
            "objects that it adds."
        ),
        example="eole",
        declared="""
        - groups: [eole]
        - hosts: ALL
        - datastores: [default, system]
        """,
        kept="``default``, nor one that has groups which would lose something",
    ),
    fields=(*_FIELDS, Attributes(_FIELDS, example="{CONTACT: alice}")),
    create=lambda cloud, order, attributes: cloud.call("one.vdc.allocate", render(attributes)),
    writers={
        "update": writers.update("one.vdc"),
        "shares": write_shares,
        "groups": write_groups,
    },
    remove=_remove,
    in_the_way=_in_use,
)
