"""A rule as the CLI writes it: ``@eole NET+IMAGE/@eole USE+MANAGE #OpenNebula``, with names in place of IDs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..basics.errors import ArgumentError, did_you_mean
from ..basics.secrecy import quoted
from ..basics.values import object_name
from ..cloud.collection import Collection
from ..cloud.directory import (
    CLUSTERS,
    DATASTORES,
    GROUPS,
    HOSTS,
    IMAGES,
    NETWORKS,
    ROUTERS,
    SECURITY_GROUPS,
    TEMPLATES,
    USERS,
    VDCS,
    VM_GROUPS,
    VNTEMPLATES,
    ZONES,
)
from ..cloud.view import Cloud
from .rules import ALL, CLUSTER, GROUP, NUMBER, ONE, RIGHTS, SELECTOR, TYPES, Rule
from .zones import here

#: The collection of the objects of a type, if they can be named.
_NAMED: dict[str, Collection] = {
    "HOST": HOSTS,
    "NET": NETWORKS,
    "IMAGE": IMAGES,
    "USER": USERS,
    "TEMPLATE": TEMPLATES,
    "GROUP": GROUPS,
    "DATASTORE": DATASTORES,
    "CLUSTER": CLUSTERS,
    "ZONE": ZONES,
    "SECGROUP": SECURITY_GROUPS,
    "VDC": VDCS,
    "VROUTER": ROUTERS,
    "VMGROUP": VM_GROUPS,
    "VNTEMPLATE": VNTEMPLATES,
}
#: Types that cannot be combined with groups, clusters, or objects of all zones (AclRule.cc, 7.4.0).
_IN_NO_GROUP = {"HOST", "GROUP", "CLUSTER", "ZONE", "VDC"}
_IN_CLUSTERS = {"HOST", "NET", "DATASTORE"}
_OF_ALL_ZONES = {"USER", "GROUP", "ZONE", "VDC"}
#: The resources that all zones have in common.
_FEDERATED = [_NAMED[name] for name in sorted(_OF_ALL_ZONES)]
_SIGNS = {"#": ONE, "@": GROUP, "%": CLUSTER, "*": ALL}
#: The separator between the owner of an object and its name; OpenNebula does not allow it in names.
_OF = ":"
_FORM = "@group TYPE+TYPE/@group RIGHT+RIGHT #zone"


class Named(NamedTuple):
    """An object that a rule names."""

    kind: Collection
    name: str
    owner: str | None


@dataclass(frozen=True)
class Part:
    """A part of a rule: one object (``#``), a group (``@``), a cluster (``%``), or all (``*``).

    what
        The ID or the name.
    """

    sign: str
    what: int | Named | None = None

    def bits(self, number: Callable[[Named], int]) -> int:
        """The part as OpenNebula stores it."""
        found = self.what if isinstance(self.what, int) else 0 if self.what is None else number(self.what)
        return _SIGNS[self.sign] | found


@dataclass(frozen=True)
class Written:
    """A rule as declared.

    zone
        ``None`` for the zone of the endpoint.
    """

    user: Part
    types: frozenset[str]
    objects: Part
    rights: frozenset[str]
    zone: Part | None = None

    @property
    def named(self) -> Iterable[Named]:
        """All objects that it names."""
        parts = (self.user, self.objects, *([] if self.zone is None else [self.zone]))
        return [part.what for part in parts if isinstance(part.what, Named)]

    def rule(self, number: Callable[[Named], int], here: Callable[[], int]) -> Rule:
        """The rule as OpenNebula stores it.

        number
            Returns the ID of an object that the rule names.
        here
            Returns the ID of this zone.
        """
        types, rights = sum(TYPES[each] for each in self.types), sum(RIGHTS[each] for each in self.rights)
        zone = ONE | here() if self.zone is None else self.zone.bits(number)
        return Rule(self.user.bits(number), types | self.objects.bits(number), rights, zone)


def read(text: Any) -> Written:
    """A rule from its text; raises ArgumentError for an invalid rule."""
    if not isinstance(text, str):
        raise ArgumentError(f"An ACL rule must be a text, not {quoted(text)}.")
    words = text.split()
    if len(words) not in (3, 4) or words[1].count("/") < 1:
        raise ArgumentError(f"An ACL rule is written as {_FORM}, not {quoted(text)}.")
    types, _, objects = words[1].partition("/")
    kinds = _listed("type of object", types, TYPES)
    rights = _listed("right", words[2], RIGHTS)
    zone = _part(words[3], "#*", "zone", {"#": ZONES}) if len(words) == 4 else None
    user = _part(words[0], "#@*", "user", {"#": USERS, "@": GROUPS})
    single = _NAMED.get(next(iter(kinds))) if len(kinds) == 1 else None
    which = _part(objects, "#@%*", "resource", {"#": single, "@": GROUPS, "%": CLUSTERS})
    _refuse_senseless(kinds, which.sign, zone)
    return Written(user, kinds, which, rights, zone)


def _listed(what: str, text: str, known: Mapping[str, int]) -> frozenset[str]:
    found = frozenset(word.upper() for word in text.split("+"))
    for word in sorted(found - known.keys()):
        raise ArgumentError(f"In an ACL rule, {quoted(word)} is no {what}{did_you_mean(word, known) or '.'}")
    return found


def _part(text: str, signs: str, what: str, named: Mapping[str, Collection | None]) -> Part:
    sign, rest = text[:1], text[1:]
    if sign not in signs or (sign == "*") != (not rest):
        allowed = ", ".join(f"{each}…" if each != "*" else each for each in signs)
        raise ArgumentError(f"In an ACL rule, the {what} is one of {allowed}, not {quoted(text)}.")
    if not rest:
        return Part(sign)
    if re.fullmatch("[0-9]{1,9}", rest):
        return Part(sign, int(rest))
    kind = named[sign]
    if kind is None:
        raise ArgumentError(f"In an ACL rule, only an ID can follow # for these types, not {quoted(rest)}.")
    owner, _, name = rest.rpartition(_OF)
    if owner and not kind.per_owner:
        raise ArgumentError(f"In an ACL rule, {quoted(text)}: only an object with an owner has this form.")
    return Part(sign, Named(kind, object_name(kind.title, name), object_name("user", owner) if owner else None))


def _refuse_senseless(types: frozenset[str], sign: str, zone: Part | None) -> None:
    """Raise ArgumentError for rules that OpenNebula refuses."""
    faults = {
        "@": (types & _IN_NO_GROUP, "which do not belong to groups"),
        "%": (types - _IN_CLUSTERS, "which belong to no cluster"),
        "#": (types - _OF_ALL_ZONES if zone is not None and zone.sign == "*" else set(), "which are of one zone only"),
    }
    wrong, why = faults.get(sign, (set(), ""))
    if wrong:
        raise ArgumentError(f"In an ACL rule, {sign} is not for {', '.join(sorted(wrong))}, {why}.")


def spelled(cloud: Cloud, rule: Rule) -> str:
    """A rule as the CLI writes it, with the names of this cloud.

    A rule of another zone keeps its IDs: the same ID here belongs to another object.
    """
    is_elsewhere = bool(rule.zone & ONE) and rule.zone & NUMBER != here(cloud)

    def name(kind: Collection, number: int) -> str | None:
        found = cloud.pool(kind).by_id.get(number) if kind in _FEDERATED or not is_elsewhere else None
        if found is None:
            return None
        return f"{found.owner}{_OF}{found.name}" if kind.per_owner and found.owner != cloud.account else found.name

    return written(rule, name)


def written(rule: Rule, name: Callable[[Collection, int], str | None]) -> str:
    """A rule as the CLI writes it, with names where possible.

    name
        Returns the name of an object; ``None`` if it has none or is not known.
    """
    types = [each for each in TYPES if rule.resource & TYPES[each]]
    single = _NAMED.get(types[0]) if len(types) == 1 else None
    objects = _told(rule.resource & SELECTOR, {"#": single, "@": GROUPS, "%": CLUSTERS}, name)
    rights = "+".join(each for each in RIGHTS if rule.rights & RIGHTS[each])
    user = _told(rule.user, {"#": USERS, "@": GROUPS}, name)
    zone = _told(rule.zone, {"#": ZONES}, name)
    return f"{user} {'+'.join(types)}/{objects} {rights} {zone}"


def _told(bits: int, named: Mapping[str, Collection | None], name: Callable[[Collection, int], str | None]) -> str:
    sign = next((each for each, bit in _SIGNS.items() if bits & bit), "?")
    if sign in "*?":
        return sign
    number, kind = bits & NUMBER, named.get(sign)
    called = None if kind is None else name(kind, number)
    # A name that looks like a number would be read as an ID, and a blank would end the name.
    plain = called is not None and " " not in called and not called.isdigit()
    return f"{sign}{called if plain else number}"
