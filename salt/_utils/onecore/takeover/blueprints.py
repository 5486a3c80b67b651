"""Blueprints: the common part of users, derived from their objects.

Pure functions over dictionaries. Users whose networks have the same names form a group; what most of them have in
common becomes the blueprint, and differences stay with the user, so that both together describe exactly what exists.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..pillar.networks import DRIVER

#: The argument with the VLAN that offsets can replace.
NUMBER = "vlan_id"
#: Keys that always belong to the user, and keys that belong to the blueprint.
PERSONAL = ("ssh_public_key", "vlan_base", "password")
NETWORKS = "networks"
#: The share of networks of two users with the same names for one blueprint.
ALIKE = 0.5
#: The share of users with the same value for the blueprint to contain it.
MOST = 0.5
#: The first keys, in this order.
_ORDER = ("blueprint", "vlan_base", "group", "groups", "vlans", "router_range")
Whole = dict[str, Any]


@dataclass
class Sort:
    """Users with one blueprint.

    name
        The name of the blueprint.
    blueprint
        Their common part.
    users
        The differences of each user.
    """

    name: str
    blueprint: Whole
    users: dict[str, Whole]


def deduce(users: Mapping[str, Whole], made_by: Mapping[str, str] | None = None) -> list[Sort]:
    """Blueprints for users; with the differences of each user, they describe exactly what exists.

    users
        By name, the keys of a user in the pillar, with all networks declared in full.
    made_by
        By name, the blueprint that created the user or took it over, according to the mark.
    """
    sorts = [_sort(members, users) for members in _clusters(users)]
    for sort, name in zip(sorts, _names(sorts, made_by or {}), strict=True):
        sort.name = name
        sort.blueprint = _ordered(sort.blueprint)
        sort.users = {user: _ordered({"blueprint": name, **own}) for user, own in sort.users.items()}
    return sorts


def _ordered(whole: Whole) -> Whole:
    """The same with the keys that people look for first at the top."""
    return {**{key: whole[key] for key in _ORDER if key in whole}, **whole}


def _clusters(users: Mapping[str, Whole]) -> list[list[str]]:
    """The users of each blueprint, the largest group first; users without similar ones form one group, at the end."""
    sets = {user: frozenset(whole.get(NETWORKS, {})) for user, whole in users.items()}
    signature = {user: (whole.get("group"), sets[user]) for user, whole in users.items()}
    left = dict.fromkeys(sorted(users))
    clusters: list[list[str]] = []
    lonely: list[list[str]] = []
    while left:
        common = Counter(signature[user] for user in left)
        (group, names), _ = max(common.items(), key=lambda item: (item[1], len(item[0][1]), str(item[0][0])))
        mine = [user for user in left if signature[user][0] == group and _alike(sets[user], names)]
        for user in mine:
            del left[user]
        (clusters if len(mine) > 1 else lonely).append(mine)
    clusters.sort(key=lambda members: (-len(members), members))
    return [*clusters, *([sorted(user for members in lonely for user in members)] if lonely else [])]


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    every = one | other
    return not every or len(one & other) / len(every) >= ALIKE


def _sort(members: Sequence[str], users: Mapping[str, Whole]) -> Sort:
    wholes = {user: users[user] for user in members}
    if len(members) > 1 and _share_networks(wholes.values()):
        wholes = with_offsets(wholes)
        link = _link(wholes.values())
        wholes = {user: _linked(whole, link) for user, whole in wholes.items()}
        blueprint = {"vlans": link} if link else {}
    else:
        blueprint = {}
    wholes = {user: _router_ranges(whole) for user, whole in wholes.items()}
    if len(members) > 1:
        inherited = [{key: value for key, value in each.items() if key not in PERSONAL} for each in wholes.values()]
        blueprint |= common(inherited)
    return Sort("", blueprint, {user: difference(blueprint, whole) for user, whole in wholes.items()})


def _share_networks(wholes: Iterable[Whole]) -> bool:
    names = Counter(name for whole in wholes for name in whole.get(NETWORKS, {}))
    return any(count > 1 for count in names.values())


# -- VLANs ------------------------------------------------------------------------------------------------------------


def with_offsets(wholes: Mapping[str, Whole]) -> dict[str, Whole]:
    """Users' networks with ``vlan``, the offset to the ``vlan_base`` of a user, if most users have the same offsets."""
    numbers = {
        user: {name: each[NUMBER] for name, each in whole.get(NETWORKS, {}).items() if NUMBER in each}
        for user, whole in wholes.items()
    }
    offsets = _offsets(numbers)
    return {user: _from_base(wholes[user], numbers[user], offsets) for user in wholes}


def _offsets(numbers: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """For each network with the same distance to the others for most users, its offset; the lowest one is 0."""
    held = Counter(name for each in numbers.values() for name in each)
    if not held:
        return {}
    anchor = min(held, key=lambda name: (-held[name], name))
    found = {}
    for name, count in held.items():
        away = Counter(each[name] - each[anchor] for each in numbers.values() if name in each and anchor in each)
        distance, agreed = away.most_common(1)[0] if away else (0, 0)
        if agreed > 1 and agreed > count * MOST:
            found[name] = distance
    lowest = min(found.values(), default=0)
    return {name: distance - lowest for name, distance in found.items()}


def _from_base(whole: Whole, numbers: Mapping[str, int], offsets: Mapping[str, int]) -> Whole:
    bases = Counter(numbers[name] - offset for name, offset in offsets.items() if name in numbers)
    base = bases.most_common(1)[0][0] if bases else -1
    if base < 0:
        return whole
    networks = {}
    for name, each in whole[NETWORKS].items():
        if name in offsets and each.get(NUMBER) == base + offsets[name]:
            each = {"vlan": offsets[name], **{key: value for key, value in each.items() if key != NUMBER}}
        networks[name] = each
    return {**whole, "vlan_base": base, NETWORKS: networks}


def _link(wholes: Iterable[Whole]) -> dict[str, Any]:
    """The driver and device of most networks, for the blueprint."""
    links = Counter(
        (each["driver"], each["phydev"])
        for whole in wholes
        for each in whole.get(NETWORKS, {}).values()
        if {"driver", "phydev"} <= each.keys()
    )
    if not links:
        return {}
    driver, device = links.most_common(1)[0][0]
    return {**({} if driver == DRIVER else {"driver": driver}), "phydev": device}


def _linked(whole: Whole, link: Mapping[str, Any]) -> Whole:
    """The networks without the values that the blueprint has for all of them."""
    if NETWORKS not in whole:
        return whole
    said = {"driver": DRIVER, **link}
    return {
        **whole,
        NETWORKS: {
            name: {key: value for key, value in each.items() if said.get(key) != value}
            if all(each.get(key) == value for key, value in said.items())
            else each
            for name, each in whole[NETWORKS].items()
        },
    }


def _router_ranges(whole: Whole) -> Whole:
    """The networks with ``router_range: false`` declared once for all, if any has it."""
    networks = whole.get(NETWORKS, {})
    said = [each["router_range"] for each in networks.values() if "router_range" in each]
    if not said:
        return whole
    needless = False in said

    def without(each: Whole) -> Whole:
        needing = needless and each.get("router_range", False)
        return each if needing else {key: value for key, value in each.items() if key != "router_range"}

    once = {"router_range": False} if needless else {}
    return {**whole, **once, NETWORKS: {name: without(each) for name, each in networks.items()}}


# -- in common, and apart ---------------------------------------------------------------------------------------------


def common(wholes: Sequence[Mapping[str, Any]]) -> Whole:
    """The common part of several dictionaries: the value of most of them for each key."""
    found: Whole = {}
    for key in dict.fromkeys(key for whole in wholes for key in whole):
        values = [whole[key] for whole in wholes if key in whole]
        if len(values) < 2 or len(values) <= len(wholes) * MOST:
            continue
        if all(isinstance(value, dict) for value in values):
            inner = common(values)
            if inner or not any(values):
                found[key] = inner
            continue
        texts = Counter(map(repr, values))
        text, count = texts.most_common(1)[0]
        if count > 1 and count > len(wholes) * MOST:
            found[key] = next(value for value in values if repr(value) == text)
    return found


def difference(inherited: Mapping[str, Any], whole: Mapping[str, Any]) -> Whole:
    """The difference between ``whole`` and an inherited dictionary, with ``None`` to remove a key: merging both gives
    ``whole``.
    """
    own: Whole = {}
    for key, value in whole.items():
        if key not in inherited:
            own[key] = value
        elif isinstance(value, dict) and isinstance(inherited[key], dict):
            inner = difference(inherited[key], value)
            if inner:
                own[key] = inner
        elif inherited[key] != value:
            own[key] = value
    own |= {key: None for key in inherited if key not in whole and key != "vlans"}
    return own


def _names(sorts: Sequence[Sort], made_by: Mapping[str, str]) -> list[str]:
    """The names of blueprints: the current ones, or the names of the groups, made unique with numbers."""
    names: list[str] = []
    for sort in sorts:
        before = Counter(made_by[user] for user in sort.users if user in made_by)
        group = sort.blueprint.get("group")
        first = before.most_common(1)[0][0] if before else group if isinstance(group, str) and group else "single"
        name, number = first, 2
        while name in names:
            name, number = f"{first}-{number}", number + 1
        names.append(name)
    return names
