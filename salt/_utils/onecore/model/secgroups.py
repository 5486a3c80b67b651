"""Security groups, declared by name where OpenNebula stores IDs: in networks and in NICs.

OpenNebula accepts a name there and ignores it, so that no rule applies at all. A name means a group of the owner, or
else of oneadmin, such as ``default``. Users of a network or a template must be able to use its groups: otherwise
OpenNebula refuses their VMs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..basics.errors import ArgumentError, MissingError, RefusedError
from ..basics.plan import Change, Order
from ..basics.secrecy import quoted
from ..basics.values import ADMINISTRATOR, Type, expected, object_name
from ..cloud.collection import Collection
from ..cloud.directory import SECURITY_GROUPS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from . import leaves, sharing
from .fields import REMOVED, Field
from .nodes import Many, Node
from .reading import Reading

ATTRIBUTE, ARGUMENT = "SECURITY_GROUPS", "security_groups"
#: The group that OpenNebula adds to every new network.
DEFAULT = 0
_NUMBER = re.compile(r"(?:^|,)\s*(\d+)", re.ASCII)


def numbers(text: Any) -> frozenset[int]:
    """The numbers in a text of OpenNebula, which skips everything else."""
    # If an attribute is repeated, the first one counts.
    text = next(iter(text), "") if isinstance(text, list) else text
    return frozenset(int(number) for number in _NUMBER.findall(text or ""))


def held(attributes: Any) -> frozenset[int]:
    """The IDs in attributes of a template, including those of its vectors."""
    every = attributes if isinstance(attributes, list) else [attributes]
    found: set[int] = set()
    for each in every:
        for name, value in each.items() if isinstance(each, Mapping) else ():
            found |= numbers(value) if name == ATTRIBUTE else held(value)
    return frozenset(found)


@dataclass(frozen=True)
class Groups:
    """Declared security groups.

    names
        The declared names.
    numbers
        Their IDs; the name in place of the ID of a group that a dry run has only announced.
    called
        Returns the name of a group, given its ID.
    """

    names: tuple[str, ...] = field(default=(), compare=False)
    keys: tuple[tuple[Collection, str | None, str], ...] = field(default=(), compare=False)
    numbers: frozenset[int | str] = frozenset()
    called: Callable[[int], str] = field(default="ID {}".format, compare=False)

    @classmethod
    def of(cls, text: Any) -> Groups:
        """The groups whose IDs are in a text of OpenNebula."""
        return cls(numbers=numbers(text))

    @property
    def text(self) -> str:
        """Their IDs, in OpenNebula's terms."""
        return ",".join(str(number) for number in sorted(each for each in self.numbers if isinstance(each, int)))

    @property
    def written(self) -> dict[str, str]:
        """Their attribute in a vector; empty if there are none."""
        return {ATTRIBUTE: self.text} if self.text else {}

    def shown(self, numbers: Iterable[int | str]) -> list[str]:
        """The names of the groups with these IDs."""
        return sorted(each if isinstance(each, str) else self.called(each) for each in numbers)


def wanted(where: str, value: Any) -> Groups:
    """Declared names of security groups: a list, or one name."""
    if isinstance(value, Groups):
        return value
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, (list, tuple)):
        raise expected(where, "a list of names of security groups", value)
    for name in names:
        if not isinstance(name, str):
            raise ArgumentError(f"{where}: must be the name of a security group, not {quoted(name)}.")
        object_name(SECURITY_GROUPS.title, name)
    return Groups(tuple(dict.fromkeys(names)))


#: The node of declared names in the schema of the pillar.
NAMES = Many(leaves.name(SECURITY_GROUPS.title))


class Names(Type):
    """Names of security groups, for commands, whose other arguments are texts."""

    def wanted(self, name: str, value: Any) -> Groups:
        return wanted(name, value)

    def stored(self, text: str) -> Groups:
        return Groups.of(text)


def taken(where: str, declared: dict[str, Any]) -> Groups | None:
    """Remove the security groups from a declared NIC, and return them; ``None`` if they are not declared."""
    return wanted(f"{where}.{ARGUMENT}", declared.pop(ARGUMENT)) if ARGUMENT in declared else None


def resolved(cloud: Cloud, where: str, groups: Groups, holder: sharing.Shared) -> Groups:
    """The same groups with their IDs.

    holder
        The object that names them; they belong to its owner.

    Raises
        MissingError for an unknown name; RefusedError for a group that not all users of the holder can use.
    """
    found: set[int | str] = set()
    keys: list[tuple[Collection, str | None, str]] = []
    for name in groups.names:
        whose = _owner(cloud, where, name, holder.owner)
        _refuse_unshared(cloud, where, sharing.shared(cloud, SECURITY_GROUPS, name, whose), holder)
        group = cloud.find(SECURITY_GROUPS, name, whose)
        found.add(name if group is None else group.id)
        keys.append((SECURITY_GROUPS, whose, name))
    return replace(groups, numbers=groups.numbers | found, keys=tuple(keys), called=_naming(cloud, holder.owner))


def _naming(cloud: Cloud, owner: str) -> Callable[[int], str]:
    """Returns the name of a group, given its ID, among the objects of ``owner``."""

    def called(number: int) -> str:
        group = cloud.pool(SECURITY_GROUPS).by_id.get(number)
        if group is None:
            return f"ID {number}"
        shared = group.owner == ADMINISTRATOR and not cloud.exists(SECURITY_GROUPS, group.name, owner)
        return group.name if shared or group.owner == owner else f"{group.name} of {group.owner}"

    return called


def said(reading: Reading, path: str, text: Any, owner: str | None) -> list[str] | None:
    """The groups whose IDs are in a text of OpenNebula, by the names with which ``owner`` declares them.

    Where one has no such name, that is noted for ``path``, and there is nothing to say.
    """
    names = []
    for number in sorted(numbers(text)):
        group = reading.cloud.pool(SECURITY_GROUPS).by_id.get(number)
        hidden = group is not None and group.owner != owner and reading.cloud.exists(SECURITY_GROUPS, group.name, owner)
        if group is None or group.owner not in (owner, ADMINISTRATOR) or hidden:
            reading.left[path] = f"security group {number} is neither {owner}'s own nor {ADMINISTRATOR}'s"
            return None
        names.append(group.name)
    return names


def _owner(cloud: Cloud, where: str, name: str, owner: str) -> str:
    for whose in (owner, ADMINISTRATOR):
        if cloud.exists(SECURITY_GROUPS, name, whose):
            return whose
    besides = f", and {ADMINISTRATOR} has none of that name" if owner != ADMINISTRATOR else ""
    raise MissingError(f"{where}: {SECURITY_GROUPS.describe(name, owner)} does not exist{besides}.")


def _refuse_unshared(cloud: Cloud, where: str, group: sharing.Shared, holder: sharing.Shared) -> None:
    _, team, everybody = sharing.allowed(group)
    _, by_team, by_everybody = sharing.allowed(holder)
    users = {
        holder.owner: group.owner == holder.owner or sharing.can_use(cloud, group, holder.owner),
        f"group {holder.group}": not by_team or everybody or (team and group.group == holder.group),
        "everybody": not by_everybody or everybody,
    }
    for user, able in users.items():
        if not able:
            besides = "" if user == holder.owner else ", as what names it is"
            raise RefusedError(
                f"{where}: {group.subject} is not shared with {user}{besides}: its permissions are {group.permissions}."
            )


class SecurityGroups(Field):
    """The security groups of an object that stores their IDs in one attribute.

    OpenNebula adds ``default`` to those of a new object, so that removing it takes a second call.

    kind
        The collection of such objects.
    """

    attribute_names = (ATTRIBUTE,)
    example = "[web, default]"

    def own_node(self) -> Node:
        return NAMES

    def __init__(self, name: str, kind: Collection, **options: Any):
        super().__init__(name, **options)
        self.kind = kind

    def wanted(self, value: Any) -> Groups:
        return wanted(self.name, value)

    def resolve(self, cloud: Cloud, wanted: Groups, order: Order) -> Groups:
        found = resolved(cloud, self.name, wanted, sharing.declared(cloud, self.kind, order))
        order.uses[self.name] = list(found.keys)
        return found

    def contribute(self, wanted: Groups) -> dict[str, Any]:
        return wanted.written

    def said(self, resource: Resource, reading: Reading) -> list[str] | None:
        text = resource.text(f"{self.kind.template}/{ATTRIBUTE}")
        # The default of a new network is not exported.
        return None if numbers(text) == {DEFAULT} else said(reading, self.name, text, resource.owner)

    def changes(self, resource: Resource | None, wanted: Groups) -> Iterator[Change]:
        present = frozenset() if resource is None else numbers(resource.text(f"{self.kind.template}/{ATTRIBUTE}"))
        if present != wanted.numbers:
            write: dict[str, Any] = wanted.written or {ATTRIBUTE: REMOVED}
            yield self.change(self.name, wanted.shown(present) or None, wanted.shown(wanted.numbers) or None, write)
