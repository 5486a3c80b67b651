"""From pillar to desired objects: shared objects, and the rights of teams.

Pure functions over the content of the pillar key ``opennebula``, which `schema.validate` has accepted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..basics.plan import SHARED, Desired
from ..basics.values import ADMINISTRATOR
from ..cloud.directory import USERS
from ..model.acls import read
from ..model.default_vdc import UNLESS_USED
from ..model.vdcs import EVERY
from .infrastructure import NETWORK, SECURITY_GROUP, VM_GROUP, account, after_their_networks
from .layers import LEAVES, effective, leave, settings, shared_section, users, without_nulls
from .networks import link, spelled_out

GROUP, TEMPLATE, NETWORK_TEMPLATE, VDC, ACL = "onegroup", "onetemplate", "onevntemplate", "onevdc", "oneacl"
KINDS = (
    ("clusters", "onecluster"),
    ("datastores", "onedatastore"),
    ("hosts", "onehost"),
    ("groups", GROUP),
    ("security_groups", SECURITY_GROUP),
    ("networks", NETWORK),
    ("network_templates", NETWORK_TEMPLATE),
    ("images", "oneimage"),
    ("vm_groups", VM_GROUP),
    ("templates", TEMPLATE),
    ("vdcs", VDC),
)
#: The key of a group with the contents of its own VDC.
OWN_VDC = "vdc"
#: Kinds without owner, or whose owner is not part of the key.
UNOWNED = ("onecluster", "onedatastore", "onehost", GROUP, VDC)
#: The kinds that are created after the accounts of their owners, in this order.
_LATE = (TEMPLATE, VDC, ACL)


def shared(config: Mapping[str, Any]) -> list[Desired]:
    """The shared objects, in the order of creation: clusters, datastores, hosts, groups, security groups, networks,
    images, and so on; VDCs and ACL rules last.

    Objects of a declared user come after the account of that user, followed by templates and other objects that refer
    to all of these.
    """
    every, owning = _objects(config), owners(config)
    late = sorted((each for each in every if each.kind in _LATE), key=lambda each: _LATE.index(each.kind))
    rest = [each for each in every if each.kind not in _LATE]
    own = [each for each in rest if each.owner in owning]
    first = [each for each in rest if each not in own]
    accounts = [account(config, user, effective(config, user)) for user in owning]
    return after_their_networks([*first, *accounts, *own, *late])


def owners(config: Mapping[str, Any]) -> list[str]:
    """The users who own shared objects, or to whom ACL rules refer, sorted."""
    # Called for each user, so no declarations are created here.
    sections = config.get("shared") or {}
    owned = [sections.get(section) or {} for section, kind in KINDS if kind not in UNOWNED]
    found = {values.get("owner") or ADMINISTRATOR for section in owned for values in section.values() if values}
    for rule in _rules(config):
        found |= {each.name for each in read(rule).named if each.kind is USERS}
    return [name for name in users(config) if name in found]


def _objects(config: Mapping[str, Any]) -> list[Desired]:
    sections, said = without_nulls(config.get("shared") or {}), settings(config)
    objects = [
        replace(_object(kind, name, values), **leave(values, said))
        for section, kind in KINDS
        for name, values in sections.get(section, {}).items()
    ]
    objects += [
        replace(_vdc(name, values), **leave(sections["groups"][name], said)) for name, values in teams(sections)
    ]
    rules = [Desired(ACL, rule, None, {}, f"{SHARED}/{ADMINISTRATOR}") for rule in _rules(config)]
    return [*objects, *rules]


def _rules(config: Mapping[str, Any]) -> list[str]:
    """The declared ACL rules, each once."""
    return list(dict.fromkeys(shared_section(config, "acls").values()))


def teams(sections: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The groups with a VDC of their own, and its contents.

    sections
        The sections of shared objects, without nulls.
    """
    listed = {name for vdc in sections.get("vdcs", {}).values() for name in vdc.get("groups", ())}
    return [
        (name, _shares(group.get(OWN_VDC, {})))
        for name, group in sections.get("groups", {}).items()
        if name not in listed and (OWN_VDC in group or not group.get("default_vdc"))
    ]


def own_vdc(shares: Mapping[str, Any]) -> dict[str, Any]:
    """The inverse: the declaration at a group for a VDC with these contents."""
    whole = {sort: shares.get(sort, []) for sort in ("clusters", "hosts", "datastores", "networks")}
    said = {sort: each for sort, each in whole.items() if sort == "clusters" and each}
    usual = _shares(said)
    return {sort: each for sort, each in whole.items() if each != usual[sort] or sort in said}


def _shares(said: Mapping[str, Any]) -> dict[str, Any]:
    """The contents of a group's VDC; by default all hosts and datastores, and no network."""
    usual = [] if "clusters" in said else EVERY
    return {"clusters": [], "hosts": usual, "datastores": usual, "networks": [], **said}


def _vdc(group: str, shares: Mapping[str, Any]) -> Desired:
    return Desired(VDC, group, None, {"groups": [group], **shares}, f"{SHARED}/{ADMINISTRATOR}")


def _object(kind: str, name: str, values: Mapping[str, Any]) -> Desired:
    if kind in UNOWNED:
        said = {key: value for key, value in values.items() if key not in (OWN_VDC, *LEAVES)}
        # A new group leaves it.
        more = {"default_vdc": UNLESS_USED, **said} if kind == GROUP else said
        return Desired(kind, name, None, more, f"{SHARED}/{ADMINISTRATOR}")
    owner = values.get("owner", ADMINISTRATOR)
    if kind == NETWORK:
        return Desired(kind, name, owner, {**spelled_out(values), **link(values, {})}, f"{SHARED}/{owner}")
    said = spelled_out(values) if kind == NETWORK_TEMPLATE else _arguments(values)
    return Desired(kind, name, owner, said, f"{SHARED}/{owner}")


def _arguments(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in ("owner", *LEAVES)}
