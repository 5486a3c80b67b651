"""The attributes with which these states mark objects. All data between two runs are stored in the cloud."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

#: Attribute of every object that this project creates or has taken over: a :class:`Mark` as text.
MARK = "SALT_MANAGED"
#: Attribute of an object that has been renamed: its ID, and its previous name. The mark gets the new name first, and a
#: run that is interrupted before the rename leaves it with the old name. A copy has another ID.
FORMERLY = "SALT_FORMERLY"
#: Attribute of every version of a published object, and of the build about to be one: the public name.
PUBLISHED = "SALT_PUBLISHED"
#: Further attributes of every version: its build, and the time of the build.
BUILD, BUILD_ID, STAMP = "SALT_BUILD", "SALT_BUILD_ID", "SALT_STAMP"
#: Attribute of a VM that is powered off temporarily: the power state to return to.
RESTORE = "SALT_RESTORE_POWER"
#: Attribute of a VM from whose disks nothing has started yet: its boot order once the disks have their snapshots.
FIRST_BOOT = "SALT_FIRST_BOOT"
#: Attribute of a VM that is created on hold: whether it is to be released once it is the only one of its name.
RELEASE = "SALT_RELEASE"
#: Attribute of a VM that is about to be replaced: the ID of the template of the new one.
REDEPLOY = "SALT_REDEPLOY"
#: Prefix of attributes of the account for objects that runs are creating: CLI name of the kind and name.
CLAIM = "SALT_CREATING"
#: Prefix of attributes of the account for ACL rules that it created: rules have no attributes.
RULE = "SALT_RULE"
#: Prefix of attributes of a user for runs that work on the user's objects.
LOCK = "SALT_LOCK"
#: Attribute of a new group that does not have its rights yet.
RIGHTS_DUE = "SALT_RIGHTS_DUE"
#: Attribute of a new group that has not left the default VDC yet, even if it has members by then.
LEAVING_DUE = "SALT_LEAVING_DUE"
#: Attribute of an object with values that cannot be read back: a digest of the declared value for each, by name.
DIGESTS = "SALT_DIGESTS"
#: Attribute of a network with held addresses: a note for each.
HOLDS = "SALT_HOLDS"

#: The separator in a mark; OpenNebula does not allow it in names.
_BETWEEN = "/"
_ADOPTED = "adopted"


@dataclass(frozen=True)
class Mark:
    """The mark of an object: what created it, for whom, and which object it is.

    OpenNebula copies attributes, including marks, to reservations, clones and VMs. A mark that does not name its own
    object is therefore a copy, and does not count.

    source
        What created it: a blueprint, or one of the other sources (see :mod:`.plan`).
    owner
        The user for whom it was created.
    kind, name
        The object: the CLI name of its kind, and its name.
    adopted
        Whether the object existed before, and was taken over.
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
        """The object, without the source."""
        return self.kind, self.owner, self.name

    def names(self, kind: str, name: str) -> bool:
        """Whether it is the mark of the object of this kind and name, which may wait for handover."""
        return self.kind == kind and (name == self.name or name == transit_name(self.owner, self.name))

    def for_name(self, name: str, number: int, current: str) -> dict[str, str]:
        """The attributes to write before an object is renamed: its mark gets the new name, and the current one is
        noted.
        """
        before = {} if current == name else {FORMERLY: formerly(number, current)}
        return {MARK: str(replace(self, name=name)), **before}

    @classmethod
    def of(cls, managed: str, kind: str, name: str, adopted: bool = False) -> Mark | None:
        """The mark of an object with ``managed`` (``<source>/<owner>``); ``None`` without it."""
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
    """The temporary name of an object in the account's namespace if its own name is taken there.

    It is the same in every run, different for every key, and one that nobody would choose.
    """
    digest = hashlib.sha256(f"{owner}/{name}".encode()).hexdigest()
    return f"salt-handover-{digest[:32]}"
