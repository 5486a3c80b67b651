"""The attributes that mark objects of these states. All data between two runs is stored in the cloud."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

#: Attribute of every object that this project creates or has taken over: a :class:`Mark` as text.
MARK = "SALT_MANAGED"
#: Attribute of an object that has been renamed: its ID, and what it was called before. Its mark names it by the new
#: name first, and a run that dies before it is renamed leaves it with the old one. A copy has another ID.
FORMERLY = "SALT_FORMERLY"
#: Attribute of every version of a published object, and of the build about to be one: the public name.
PUBLISHED = "SALT_PUBLISHED"
#: More attributes of every version: the build it was made from, and when that was.
BUILD, BUILD_ID, STAMP = "SALT_BUILD", "SALT_BUILD_ID", "SALT_STAMP"
#: Attribute of a VM that is powered off temporarily: the power state to return to.
RESTORE = "SALT_RESTORE_POWER"
#: Attribute of a VM of which nothing has started yet: what it is to boot from once its disks have their snapshots.
FIRST_BOOT = "SALT_FIRST_BOOT"
#: Attribute of a VM, which is made on hold: whether it is to be released once it is known to be the only one.
RELEASE = "SALT_RELEASE"
#: Attribute of a VM that is about to be replaced: the ID of the template of the new one.
REDEPLOY = "SALT_REDEPLOY"
#: How the names of attributes of the account begin that record what runs are making: CLI name of the kind and name.
CLAIM = "SALT_CREATING"
#: How the names of attributes of the account begin that record which ACL rules it created: rules have no attributes.
RULE = "SALT_RULE"
#: How the names of attributes of a user begin that record which runs work on something of theirs.
LOCK = "SALT_LOCK"
#: Attribute of a new group that does not have its rights yet.
RIGHTS_DUE = "SALT_RIGHTS_DUE"
#: Attribute of a new group that has not left the default VDC yet, even if it has members by then.
LEAVING_DUE = "SALT_LEAVING_DUE"
#: Attribute of an object with values that nobody can read back: for each, by name, a digest of the declared one.
DIGESTS = "SALT_DIGESTS"
#: Attribute of a network whose addresses are held by declaration: a note for each.
HOLDS = "SALT_HOLDS"

#: Between the parts of a mark; OpenNebula allows it in no name.
_BETWEEN = "/"
_ADOPTED = "adopted"


@dataclass(frozen=True)
class Mark:
    """What an object says of who made it, for whom, and which object it is.

    OpenNebula copies the attributes of what a reservation, a clone or a VM is made from, marks included. So a mark that
    does not name the object that carries it came with a copy, and says nothing of it.

    source
        What made it: a blueprint, or one of the sources that stand for none (see :mod:`.plan`).
    owner
        For whom.
    kind, name
        Which object: the CLI name of its kind, and its own.
    adopted
        Whether the object was there before, and has been taken over.
    """

    source: str
    owner: str
    kind: str
    name: str
    adopted: bool = False

    def __str__(self) -> str:
        parts = (self.source, self.owner, self.kind, self.name, *([_ADOPTED] if self.adopted else []))
        return _BETWEEN.join(parts)

    @property
    def managed(self) -> str:
        """``<source>/<owner>``."""
        return f"{self.source}{_BETWEEN}{self.owner}"

    @property
    def key(self) -> tuple[str, str, str]:
        """Which object it is, whatever made it."""
        return self.kind, self.owner, self.name

    def names(self, kind: str, name: str) -> bool:
        """Whether it is that of the object of this kind and name, which may be on its way to its owner."""
        return self.kind == kind and (name == self.name or name == transit_name(self.owner, self.name))

    def for_name(self, name: str, number: int, current: str) -> dict[str, str]:
        """The attributes to write before an object is renamed: its mark names it by the new name and by the current."""
        before = {} if current == name else {FORMERLY: formerly(number, current)}
        return {MARK: str(replace(self, name=name)), **before}

    @classmethod
    def of(cls, managed: str, kind: str, name: str, adopted: bool = False) -> Mark | None:
        """The mark of an object that ``managed`` (``<source>/<owner>``) makes; ``None`` where nothing does."""
        source, _, owner = managed.rpartition(_BETWEEN)
        return cls(source, owner, kind, name, adopted) if source else None

    @classmethod
    def read(cls, text: str) -> Mark | None:
        """A mark from its text; ``None`` for any other text."""
        parts = text.split(_BETWEEN)
        if len(parts) not in (4, 5) or not all(parts) or parts[4:] not in ([], [_ADOPTED]):
            return None
        source, owner, kind, name = parts[:4]
        return cls(source, owner, kind, name, adopted=len(parts) == 5)


def formerly(number: int, name: str) -> str:
    """The attributes of an object that is being renamed."""
    return f"{number}{_BETWEEN}{name}"


def transit_name(owner: str, name: str) -> str:
    """The name under which an object waits when the account's own namespace has its name already.

    It is nobody else's: the same for every run, another for every key, and none that a person would choose.
    """
    digest = hashlib.sha256(f"{owner}/{name}".encode()).hexdigest()
    return f"salt-handover-{digest[:32]}"
