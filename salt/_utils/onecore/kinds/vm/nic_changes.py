"""The differences between the NICs of a VM and the declared ones, and the steps that change them.

What can be changed as it is, is. For all else OpenNebula has no call: the NIC is detached and attached again, with its
address, with what nobody declares, and with its aliases. One that is attached comes last, so that those declared after
it have to be attached after it.
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

#: What is said of a NIC that is detached and attached again.
_AGAIN = "(attached again)"
#: What links a NIC to its network, by name: both sides.
Links = Mapping[str, tuple["str | None", str]]


@dataclass(frozen=True)
class Step:
    """One difference: where, both sides, what its writer needs to know, and the NICs that come with it."""

    path: str
    old: Any
    new: Any
    write: tuple[str, Any]
    coming: tuple[Nic, ...] = ()


@dataclass(frozen=True)
class Pair:
    """A declared NIC and the one that it is, with what differs.

    place
        Where that one stands among those that exist.
    attributes
        The attributes that differ, as they are to be.
    links
        What links it to its network, as it is and is to be, where a change of the network has not come to it.
    """

    nic: Nic
    old: Vector
    place: int
    attributes: Mapping[str, str]
    links: Links

    @property
    def is_as_declared(self) -> bool:
        """Whether nothing differs of the NIC itself."""
        return not self.attributes and not self.links and not self.regrouped

    @property
    def regrouped(self) -> bool:
        """Whether the NIC is to have other security groups than it has."""
        return self.nic.groups is not None and self.nic.groups.differs(self.old)

    def attribute_sides(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Both sides of the attributes that differ."""
        old = {name: self.old.get(name) or None for name in self.attributes}
        return old, {name: value or None for name, value in self.attributes.items()}

    def sides(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Both sides of all that differs."""
        old, new = self.attribute_sides()
        old |= {name: was or None for name, (was, _) in self.links.items()}
        new |= {name: value or None for name, (_, value) in self.links.items()}
        if self.nic.groups is not None and self.regrouped:
            own = self.nic.groups.own
            old[secgroups.ARGUMENT] = own.shown(held(self.old))
            new[secgroups.ARGUMENT] = own.shown(self.nic.groups.expected(self.old))
        return old, new


class Differences:
    """How the NICs of a VM differ from those that are declared."""

    #: What one that exists can be given otherwise as it is: attributes, and security groups.
    adjustable, joins = LIMITS, True

    def present(self, resource: Resource) -> list[Vector]:
        """The NICs that there are, in their order."""
        return sorted(resource.vectors("TEMPLATE/NIC"), key=lambda nic: nic.number("NIC_ID"))

    def is_there(self, each: Nic, old: Mapping[str, str], resource: Resource) -> bool:
        """Whether one of these is the declared one."""
        return each.fits(old)

    def missing_links(self, each: Nic, old: Mapping[str, str], resource: Resource) -> Links:
        """What links a NIC to its network by now, where it is one that was left on the old VLAN."""
        return each.missing_links(old, resource.id)

    def _pair(self, each: Nic, old: Vector, place: int, resource: Resource, default: Mapping[str, str]) -> Pair:
        return Pair(each, old, place, each.differing(old, default), self.missing_links(each, old, resource))

    def steps(self, resource: Resource | None, wanted: Sequence[Nic]) -> Iterator[Step]:
        """What is to be done, in order: a NIC goes before another one takes its address; else none goes too early."""
        if resource is None:
            yield from map(_attach, wanted)
            return
        present, default = self.present(resource), default_of(resource)
        found = self._paired(resource, wanted, present, default)
        anew = self._anew(wanted, found)
        places = {pair.place for pair in found.values()}
        going = [old for place, old in enumerate(present) if place not in places]
        in_the_way = [old for old in going if any(each.takes_from(old) for each in wanted)]
        yield from (_detach(resource, old) for old in in_the_way)
        for index, pair in found.items():
            if index not in anew:
                yield from self._as_it_is(resource, pair, default)
        for index, each in enumerate(wanted):
            if index not in found:
                yield _attach(each)
            elif index in anew:
                yield _attach_again(resource, found[index], wanted[:index], default)
        yield from (_detach(resource, old) for old in going if old not in in_the_way)

    def kept(self, resource: Resource, wanted: Sequence[Nic]) -> dict[int, Vector]:
        """The NICs that exist and are among the declared ones, by their place there."""
        found = self._paired(resource, wanted, self.present(resource), default_of(resource))
        return {index: pair.old for index, pair in found.items()}

    def _paired(
        self, resource: Resource, wanted: Sequence[Nic], present: Sequence[Vector], default: Mapping[str, str]
    ) -> dict[int, Pair]:
        """Which declared NIC is which, the one that differs least first."""

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
        """Whether OpenNebula cannot change what differs as it is."""
        return bool(pair.links or pair.attributes.keys() - self.adjustable) or (pair.regrouped and not self.joins)

    def _anew(self, wanted: Sequence[Nic], found: Mapping[int, Pair]) -> set[int]:
        """Which NICs are attached again: for themselves, or to stand where they are declared."""
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
    """What the template of a VM says for all NICs."""
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
        # OpenNebula takes them away with it.
        shown["aliases"] = _addresses(aliases)
    return Step(f"NIC {old['NIC_ID']}", shown, None, (DETACH, old.number("NIC_ID")))


# -- aliases -------------------------------------------------------------------------------------------------------


def aliases_of(resource: Resource, nic: Vector) -> list[Vector]:
    """The aliases of a NIC that exists."""
    every = resource.vectors("TEMPLATE/NIC_ALIAS")
    return [each for each in every if each.get("PARENT_ID") == nic["NIC_ID"]]


def _addresses(aliases: Iterable[Mapping[str, str]]) -> list[str]:
    """What aliases are known by."""
    return [" ".join(address_of(each).values()) or f"one of network {each['NETWORK_ID']}" for each in aliases]


def _carried(alias: Vector, default: Mapping[str, str]) -> dict[str, Any]:
    """An alias that nobody declares, as it is to be attached again."""
    groups = alias.get(secgroups.ATTRIBUTE)
    own = {secgroups.ATTRIBUTE: groups} if groups else {}
    return {"NETWORK_ID": alias["NETWORK_ID"], **free_attributes(alias, default), **own, **address_of(alias)}


def _again(each: Nic, present: Iterable[Vector], default: Mapping[str, str]) -> dict[str, Any]:
    """A declared alias as it is to be attached again with its NIC."""
    old = next((alias for alias in present if each.fits(alias)), None)
    return each.written if old is None else each.again(old, default)


def _alias_steps(resource: Resource, nic: Nic, parent: Vector, default: Mapping[str, str]) -> Iterator[Step]:
    """What is to be done about the aliases of a NIC that stays: nothing of an alias can be changed as it is."""
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


def attached_anew(changes: Iterable[Change]) -> list[Change]:
    """The changes that take a NIC away where another one takes its place; one that just goes was meant to."""
    nics = [change for change in changes if change.field == "nics"]
    going = [change for change in nics if change.write[0] == DETACH]
    comes = any(change.write[0] in (ATTACH, ATTACH_ALIAS) for change in nics)
    return [change for change in nics if disturbs(change) or (comes and change in going)]
