"""The differences between the NICs of a VM and the declared ones, and the steps that change them.

Attributes that OpenNebula can change in place are changed in place. For all others, the NIC is detached and attached
again, with its address, its undeclared attributes and its aliases. A newly attached NIC becomes the last one, so that
those declared after it must be attached after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...basics.pairing import pairs
from ...basics.plan import Change
from ...cloud.resource import Resource, Vector
from ...model import secgroups
from ...model.nics import ANEW, ATTACH, ATTACH_ALIAS, DETACH, LIMIT, REGROUP, disturbs
from .nic import LIMITS, Nic, address_of, free_attributes
from .nic_groups import held

#: The name for a NIC that is detached and attached again.
_AGAIN = "(attached again)"
#: The differing link attributes of a NIC, by name: both sides.
Links = Mapping[str, tuple["str | None", str]]


@dataclass(frozen=True)
class Step:
    """One difference: its path, both sides, the data for its writer, and the NICs that are attached with it."""

    path: str
    old: Any
    new: Any
    write: tuple[str, Any]
    coming: tuple[Nic, ...] = ()


@dataclass(frozen=True)
class Pair:
    """A declared NIC and its existing counterpart, with the differences.

    place
        The position of the existing NIC.
    attributes
        The attributes that differ, with their declared values.
    links
        The current and the desired link attributes, if a change of the network was not applied to it.
    """

    nic: Nic
    old: Vector
    place: int
    attributes: Mapping[str, str]
    links: Links

    @property
    def is_as_declared(self) -> bool:
        """Whether the NIC itself has no differences."""
        return not self.attributes and not self.links and not self.regrouped

    @property
    def regrouped(self) -> bool:
        """Whether the security groups of the NIC differ."""
        return self.nic.groups is not None and self.nic.groups.differs(self.old)

    def attribute_sides(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Both sides of the attributes that differ."""
        old = {name: self.old.get(name) or None for name in self.attributes}
        return old, {name: value or None for name, value in self.attributes.items()}

    def sides(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Both sides of all differences."""
        old, new = self.attribute_sides()
        old |= {name: was or None for name, (was, _) in self.links.items()}
        new |= {name: value or None for name, (_, value) in self.links.items()}
        if self.nic.groups is not None and self.regrouped:
            own = self.nic.groups.own
            old[secgroups.ARGUMENT] = own.shown(held(self.old))
            new[secgroups.ARGUMENT] = own.shown(self.nic.groups.expected(self.old))
        return old, new


class Differences:
    """How the NICs of a VM differ from the declared ones."""

    #: What OpenNebula can change in place on an existing NIC: attributes, and security groups.
    adjustable, joins = LIMITS, True

    def present(self, resource: Resource) -> list[Vector]:
        """The existing NICs, in order."""
        return sorted(resource.vectors("TEMPLATE/NIC"), key=lambda nic: nic.number("NIC_ID"))

    def is_there(self, each: Nic, old: Mapping[str, str], resource: Resource) -> bool:
        """Whether one of these is the declared one."""
        return each.fits(old)

    def missing_links(self, each: Nic, old: Mapping[str, str], resource: Resource) -> Links:
        """The current link attributes of the network, for a NIC that was left on the old VLAN."""
        return each.missing_links(old, resource.id)

    def _pair(self, each: Nic, old: Vector, place: int, resource: Resource, default: Mapping[str, str]) -> Pair:
        return Pair(each, old, place, each.differing(old, default), self.missing_links(each, old, resource))

    def steps(self, resource: Resource | None, wanted: Sequence[Nic]) -> Iterator[Step]:
        """The steps in order: a NIC is detached before another one gets its address; otherwise, detaching is last."""
        if resource is None:
            yield from map(_attach, wanted)
            return
        present, default = self.present(resource), default_of(resource)
        found = self._paired(resource, wanted, present, default)
        reattached = self._reattached(wanted, found)
        places = {pair.place for pair in found.values()}
        going = [old for place, old in enumerate(present) if place not in places]
        in_the_way = [old for old in going if any(each.takes_from(old) for each in wanted)]
        yield from (_detach(resource, old) for old in in_the_way)
        for index, pair in found.items():
            if index not in reattached:
                yield from self._as_it_is(resource, pair, default)
        for index, each in enumerate(wanted):
            if index not in found:
                yield _attach(each)
            elif index in reattached:
                yield _attach_again(resource, found[index], wanted[:index], default)
        yield from (_detach(resource, old) for old in going if old not in in_the_way)

    def kept(self, resource: Resource, wanted: Sequence[Nic]) -> dict[int, Vector]:
        """The existing NICs that are declared, by their position."""
        found = self._paired(resource, wanted, self.present(resource), default_of(resource))
        return {index: pair.old for index, pair in found.items()}

    def _paired(
        self, resource: Resource, wanted: Sequence[Nic], present: Sequence[Vector], default: Mapping[str, str]
    ) -> dict[int, Pair]:
        """The pairs of declared and existing NICs, the most similar first."""

        def is_there(each: Nic, old: Vector) -> bool:
            return self.is_there(each, old, resource)

        def stays(each: Nic, old: Vector) -> bool:
            return is_there(each, old) and not self._must_go(self._pair(each, old, 0, resource, default))

        def same(each: Nic, old: Vector) -> bool:
            return is_there(each, old) and self._pair(each, old, 0, resource, default).is_as_declared

        found = pairs(wanted, present, same, stays, is_there)
        return {
            index: self._pair(wanted[index], present[place], place, resource, default)
            for index, place in sorted(found.items())
        }

    def _must_go(self, pair: Pair) -> bool:
        """Whether OpenNebula cannot change the differences in place."""
        return bool(pair.links or pair.attributes.keys() - self.adjustable) or (pair.regrouped and not self.joins)

    def _reattached(self, wanted: Sequence[Nic], found: Mapping[int, Pair]) -> set[int]:
        """The NICs that are attached again: because of their own differences, or to get their declared position."""
        must = {index for index, pair in found.items() if self._must_go(pair)}
        last, attached = -1, False
        for index, each in enumerate(wanted):
            pair = found.get(index)
            attached = attached or pair is None or index in must or pair.place < last
            if attached and each.ordered and pair is not None:
                must.add(index)
            last = max(last, -1 if pair is None else pair.place)
        return must

    def _as_it_is(self, resource: Resource, pair: Pair, default: Mapping[str, str]) -> Iterator[Step]:
        each, old = pair.nic, pair.old
        if pair.attributes:
            before = {name: old[name] for name in sorted(self.adjustable) if old.get(name)}
            after = {**before, **pair.attributes}
            limits = {name: value for name, value in after.items() if value}
            yield Step(each.network, *pair.attribute_sides(), (LIMIT, (old.number("NIC_ID"), limits, before)))
        if each.groups is not None and pair.regrouped:
            present, expected = held(old), each.groups.expected(old)
            shown = (each.groups.own.shown(present), each.groups.own.shown(expected))
            write = (REGROUP, (old.number("NIC_ID"), sorted(expected - present, key=str), sorted(present - expected)))
            yield Step(f"{each.network}:{secgroups.ARGUMENT}", *shown, write)
        if each.aliases is not None:
            yield from _alias_steps(resource, each, old, default)


def default_of(resource: Resource) -> Mapping[str, str]:
    """The defaults of all NICs in the template of a VM."""
    return next(resource.vectors("TEMPLATE/NIC_DEFAULT"), {})


def _attach(each: Nic) -> Step:
    aliases = [alias.written for alias in each.aliases or ()]
    return Step(each.network, None, each.shown, (ATTACH, (each.written, aliases)), (each, *(each.aliases or ())))


def _attach_again(resource: Resource, pair: Pair, before: Sequence[Nic], default: Mapping[str, str]) -> Step:
    each, present = pair.nic, aliases_of(resource, pair.old)
    old, new = pair.sides()
    if not old:
        after = {"after": before[-1].network} if before else {}
        old, new = {"position": pair.place}, {"position": len(before), **after}
    if each.aliases is None:
        aliases = [_carried(alias, default) for alias in present]
    else:
        aliases = [_again(alias, present, default) for alias in each.aliases]
    if present or aliases:
        old, new = {**old, "aliases": _addresses(present)}, {**new, "aliases": _addresses(aliases)}
    write = (ANEW, (pair.old.number("NIC_ID"), each.again(pair.old, default), aliases))
    return Step(f"{each.network} {_AGAIN}", old, new, write, each.aliases or ())


def _detach(resource: Resource, old: Vector) -> Step:
    shown: dict[str, Any] = {name: old[name] for name in ("NETWORK", "IP", "MAC") if old.get(name)}
    aliases = aliases_of(resource, old)
    if aliases:
        # OpenNebula detaches them with it.
        shown["aliases"] = _addresses(aliases)
    return Step(f"NIC {old['NIC_ID']}", shown, None, (DETACH, old.number("NIC_ID")))


# -- aliases -------------------------------------------------------------------------------------------------------


def aliases_of(resource: Resource, nic: Vector) -> list[Vector]:
    """The aliases of an existing NIC."""
    every = resource.vectors("TEMPLATE/NIC_ALIAS")
    return [each for each in every if each.get("PARENT_ID") == nic["NIC_ID"]]


def _addresses(aliases: Iterable[Mapping[str, str]]) -> list[str]:
    """The addresses that identify aliases."""
    return [" ".join(address_of(each).values()) or f"one of network {each['NETWORK_ID']}" for each in aliases]


def _carried(alias: Vector, default: Mapping[str, str]) -> dict[str, Any]:
    """An undeclared alias, as it is to be attached again."""
    groups = alias.get(secgroups.ATTRIBUTE)
    own = {secgroups.ATTRIBUTE: groups} if groups else {}
    return {"NETWORK_ID": alias["NETWORK_ID"], **free_attributes(alias, default), **own, **address_of(alias)}


def _again(each: Nic, present: Iterable[Vector], default: Mapping[str, str]) -> dict[str, Any]:
    """A declared alias as it is to be attached again with its NIC."""
    old = next((alias for alias in present if each.fits(alias)), None)
    return each.written if old is None else each.again(old, default)


def _alias_steps(resource: Resource, nic: Nic, parent: Vector, default: Mapping[str, str]) -> Iterator[Step]:
    """The steps for the aliases of a NIC that stays: OpenNebula cannot change an alias in place."""
    present, wanted = aliases_of(resource, parent), nic.aliases or ()

    def same(each: Nic, old: Vector) -> bool:
        return each.fits(old) and Pair(each, old, 0, each.differing(old, default), {}).is_as_declared

    found = pairs(wanted, present, same, Nic.fits)
    stays = {place for index, place in found.items() if same(wanted[index], present[place])}
    for place, old in enumerate(present):
        if place not in found.values():
            yield replace(_detach(resource, old), path=f"{nic.network}:alias {old['NIC_ID']}")
    for index, each in enumerate(wanted):
        path = f"{nic.network}:alias {each.network}"
        if index not in found:
            yield Step(path, None, each.shown, (ATTACH_ALIAS, (parent["NAME"], each.written)), (each,))
        elif found[index] not in stays:
            old = present[found[index]]
            sides = Pair(each, old, 0, each.differing(old, default), {}).sides()
            again = {**each.again(old, default), "PARENT": parent["NAME"]}
            yield Step(f"{path} {_AGAIN}", *sides, (ANEW, (old.number("NIC_ID"), again, [])))


def reattached_nics(changes: Iterable[Change]) -> list[Change]:
    """The changes that replace a NIC; one that is only detached was removed on purpose."""
    nics = [change for change in changes if change.field == "nics"]
    going = [change for change in nics if change.write[0] == DETACH]
    comes = any(change.write[0] in (ATTACH, ATTACH_ALIAS) for change in nics)
    return [change for change in nics if disturbs(change) or (comes and change in going)]
