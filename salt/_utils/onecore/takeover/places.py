"""The place of each object of a survey in a pillar, and its content there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..basics.plan import NO_BLUEPRINT
from ..basics.values import ADMINISTRATOR
from ..pillar.gateways import GATEWAY
from ..pillar.infrastructure import NETWORK, SECURITY_GROUP, USER_ARGUMENTS, VM_GROUP
from ..pillar.networks import first_router
from ..pillar.objects import SECTION
from ..pillar.shared import ACL, GROUP, OWN_VDC, VDC, own_vdc
from ..pillar.shared import KINDS as SHARED_KINDS
from .blueprints import NETWORKS, Sort, deduce
from .shorthand import shortened
from .survey import Found

USER, VM = "oneuser", "onevm"
#: Where an object is declared: in its usual section, separately, or nowhere.
NATURAL, SINGLE, NOWHERE = range(3)
_SHARED = {kind: section for section, kind in SHARED_KINDS}
#: The sections of a user, by kind.
_OF_A_USER = {NETWORK: NETWORKS, SECURITY_GROUP: "security_groups", VM_GROUP: "vm_groups"}
#: Context variables of a gateway that the pillar adds.
_ROLE = "SALT_ROLE"
_ITSELF = {"VMID", "VM_NAME", "VM_OWNER", "SALT_MANAGED", _ROLE, "SALT_MINION_ID", "SALT_TICKET", "SALT_MASTER"}


@dataclass
class Plan:
    """A pillar under construction.

    config
        The content of the key ``opennebula``.
    places
        By path, the objects that are declared there.
    owners
        By user, the entries of ``shared`` and ``objects`` that belong to the user: section (with the kind) and name.
    sorts
        The blueprints with their users.
    """

    config: dict[str, Any]
    places: dict[str, list[Found]] = field(default_factory=dict)
    owners: dict[tuple[str, str], str] = field(default_factory=dict)
    sorts: list[Sort] = field(default_factory=list)

    def at(self, path: str) -> list[Found]:
        """The objects of a path in the pillar."""
        return self.places.get(self.place(path), [])

    def place(self, path: str) -> str:
        """The longest known path above this one; empty if there is none."""
        while path and path not in self.places:
            path = path.rpartition(".")[0]
        return path


def plan(found: Iterable[Found], level: Mapping[int, int]) -> Plan:
    """The pillar of the exported objects.

    level
        By identity, where an object is declared; defaults to ``NATURAL``.
    """
    there = [each for each in found if not each.reason and level.get(id(each), NATURAL) < NOWHERE]
    accounts = [each for each in there if each.kind.cli == USER]
    users = {each.name: each for each in accounts if level.get(id(each), NATURAL) == NATURAL}
    result = Plan({"adopt": True})
    wholes: dict[str, dict[str, Any]] = {name: _account(each) for name, each in users.items()}
    parts: dict[str, dict[tuple[str, str], Found]] = {name: {} for name in users}
    rest = []
    for each in there:
        here = level.get(id(each), NATURAL) == NATURAL
        if here and _is_of_a_user(each, users):
            _add_to_user(each, wholes[each.resource.owner or ""], parts[each.resource.owner or ""])
        elif not (here and each.kind.cli == USER):
            rest.append(each)
    rest = _gateways(rest, wholes, parts, level)
    marks = {name: each.resource.mark for name, each in users.items()}
    made_by = {name: mark.source for name, mark in marks.items() if mark and mark.source not in NO_BLUEPRINT}
    result.sorts = deduce(wholes, made_by)
    _place_sorts(result, users, parts)
    natural = [each for each in rest if level.get(id(each), NATURAL) == NATURAL]
    listed = _listed(natural)
    own = _own_vdcs(natural)
    for each in rest:
        place = SINGLE if _gets_a_vdc(each, listed) else level.get(id(each), NATURAL)
        if own.get(each.name) is not each:
            _place(result, each, place, users)
    for name, each in own.items():
        _place_own_vdc(result, name, each)
    return result


def _own_vdcs(found: Iterable[Found]) -> dict[str, Found]:
    """By group, the VDC of its name that it does not share, and that only contains what the group may use."""
    every = list(found)
    groups = {each.name for each in every if each.kind.cli == GROUP}
    vdcs = [each for each in every if each.kind.cli == VDC]
    own = {each.name: each for each in vdcs if each.values.get("groups") == [each.name] and each.name in groups}
    several = Counter(name for each in vdcs for name in each.values.get("groups", ()))
    documented = {"description", "attributes"}
    return {name: each for name, each in own.items() if several[name] == 1 and not documented & each.values.keys()}


def _place_own_vdc(result: Plan, group: str, found: Found) -> None:
    """Declare what a group may use at the group, unless it is the default."""
    whole = result.config["shared"]["groups"][group]
    said = own_vdc(found.values)
    if said or whole.get("default_vdc"):
        whole[OWN_VDC] = said
    result.places[f"shared.groups.{group}.{OWN_VDC}"] = [found]


def _listed(found: Iterable[Found]) -> set[str]:
    """The groups in shared VDCs."""
    return {group for each in found if each.kind.cli == VDC for group in each.values.get("groups", ())}


def _gets_a_vdc(found: Found, listed: Container[str]) -> bool:
    """Whether a group would get a VDC of its name as a shared object."""
    return found.kind.cli == GROUP and not found.values.get("default_vdc") and found.name not in listed


def _account(found: Found) -> dict[str, Any]:
    return {key: found.values[key] for key in USER_ARGUMENTS if key in found.values}


def _is_of_a_user(found: Found, users: Mapping[str, Found]) -> bool:
    return found.kind.cli in _OF_A_USER and found.owner in users


def _add_to_user(found: Found, whole: dict[str, Any], parts: dict[tuple[str, str], Found]) -> None:
    section = _OF_A_USER[found.kind.cli]
    values = _without_group(found.values, whole.get("group"))
    said = shortened(values) if section == NETWORKS else values
    whole.setdefault(section, {})[found.name] = said
    parts[section, found.name] = found


def _without_group(values: Mapping[str, Any], group: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if (key, value) != ("group", group)}


# -- gateways ---------------------------------------------------------------------------------------------------------


def _gateways(
    rest: list[Found],
    wholes: Mapping[str, dict[str, Any]],
    parts: Mapping[str, dict[tuple[str, str], Found]],
    level: Mapping[int, int],
) -> list[Found]:
    """Declare VMs as gateways that have the context variables of one; returns the other objects."""
    left = []
    for each in rest:
        whole = wholes.get(each.owner or "") if level.get(id(each), NATURAL) == NATURAL else None
        said = None if whole is None or GATEWAY in whole else gateway(each, whole)
        if said is None or whole is None:
            left.append(each)
        else:
            whole[GATEWAY] = said
            parts[each.owner or ""][GATEWAY, ""] = each
    return left


def gateway(found: Found, whole: Mapping[str, Any]) -> dict[str, Any] | None:
    """A VM as the gateway of its user's infrastructure; ``None`` if it is none."""
    context = found.values.get("context", {})
    if found.kind.cli != VM or _ROLE not in context or "template" not in found.values:
        return None
    nics = list(found.values.get("nics", ()))
    outward = [nic for nic in nics if "owner" in nic]
    if any("owner" in nic for nic in nics[1:]):
        return None
    values = _without_group(found.values, whole.get("group"))
    said: dict[str, Any] = {} if found.name == GATEWAY else {"name": found.name}
    said["template"] = values.pop("template")
    if values.pop("template_owner", ADMINISTRATOR) != ADMINISTRATOR:
        said["template_owner"] = found.values["template_owner"]
    if outward:
        said |= {"uplink": {"network": outward[0]["network"], "owner": outward[0]["owner"]}}
        said |= {"uplink_ip": outward[0]["ip"]} if "ip" in outward[0] else {}
    said["lan"] = _lan([nic for nic in nics if nic not in outward], whole.get(NETWORKS, {}))
    if context[_ROLE] != GATEWAY:
        said["role"] = context[_ROLE]
    own = {name: text for name, text in context.items() if name not in _ITSELF}
    rest = {name: value for name, value in values.items() if name not in ("nics", "context")}
    return {**said, **rest, **({"context": own} if own else {})}


def _lan(nics: Iterable[Mapping[str, Any]], networks: Mapping[str, Any]) -> list[str] | dict[str, str | None]:
    """The networks of a gateway; with its addresses if one is not that of the network's router."""
    taken = {nic["network"]: nic.get("ip") for nic in nics}
    routers = {name: first_router(networks.get(name, {})) for name in taken}
    if taken == routers:
        return list(taken)
    return {name: None if address == routers[name] else address for name, address in taken.items()}


# -- into the pillar --------------------------------------------------------------------------------------------------


def _place_sorts(
    result: Plan, users: Mapping[str, Found], parts: Mapping[str, Mapping[tuple[str, str], Found]]
) -> None:
    for sort in result.sorts:
        result.config.setdefault("blueprints", {})[sort.name] = sort.blueprint
        for user, own in sort.users.items():
            result.config.setdefault("users", {})[user] = own
            result.places[f"users.{user}"] = [users[user]]
            by_base = [each for (section, _), each in parts[user].items() if section == NETWORKS]
            result.places[f"users.{user}.vlan_base"] = by_base or [users[user]]
            # The values of a blueprint for all networks are missing only in networks that do not set them.
            lacking = [each for each in by_base if "phydev" not in each.values]
            for whole in (f"users.{user}", f"blueprints.{sort.name}") if lacking else ():
                result.places.setdefault(f"{whole}.vlans", []).extend(lacking)
            for (section, name), each in parts[user].items():
                place = ".".join(filter(None, (section, name)))
                result.places[f"users.{user}.{place}"] = [each]
                result.places.setdefault(f"blueprints.{sort.name}.{place}", []).append(each)
                result.places.setdefault(f"blueprints.{sort.name}", []).append(each)


def _place(result: Plan, found: Found, level: int, users: Mapping[str, Found]) -> None:
    """Declare an object in the shared section, or separately."""
    kind, owner = found.kind.cli, found.resource.owner if found.kind.owners is not None else None
    section = _SHARED.get(kind)
    shared = result.config.get("shared", {}).get(section, {}) if section else {}
    if kind == ACL and level == NATURAL:
        name = f"rule{found.resource.id}"
        result.config.setdefault("shared", {}).setdefault("acls", {})[name] = found.name
        path, place = f"shared.acls.{name}", ("shared", "acls")
    elif section and level == NATURAL and found.name not in shared:
        values = _without_group(found.values, owner) if owner == ADMINISTRATOR else dict(found.values)
        values = _network(values) if kind == NETWORK else _group(values) if kind == GROUP else values
        said = {**({"owner": owner} if owner not in (None, ADMINISTRATOR) else {}), **values}
        result.config.setdefault("shared", {}).setdefault(section, {})[found.name] = said
        path, place = f"shared.{section}.{found.name}", ("shared", section)
        name = found.name
    else:
        entries = result.config.setdefault(SECTION, {}).setdefault(kind, {})
        name = found.name if found.name not in entries else f"{found.name} of {owner} ({found.resource.id})"
        called = {} if name == found.name else {"name": found.name}
        entries[name] = {**called, **({"owner": found.owner} if found.owner is not None else {}), **found.values}
        path, place = f"{SECTION}.{kind}.{name}", (SECTION, kind)
    result.places[path] = [found]
    if owner in users:
        result.owners[f"{place[0]}.{place[1]}", name] = owner or ""


def _group(values: Mapping[str, Any]) -> dict[str, Any]:
    """A shared group; the default is a group outside the VDC ``default``."""
    return {key: value for key, value in values.items() if (key, value) != ("default_vdc", False)}


def _network(values: Mapping[str, Any]) -> dict[str, Any]:
    """A shared network, whose router gets no range."""
    short = shortened(values)
    if short.pop("router_range", False):
        # The range of the router was omitted, although the pillar adds it only for users.
        return dict(values)
    return short
