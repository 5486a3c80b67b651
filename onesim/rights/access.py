"""Authorization: permissions, groups, ACL rules and locks, for one object and for whole pools."""

from dataclasses import dataclass

from onesim.errors import AuthorizationError
from onesim.rights.acl_rules import (
    ADMIN,
    ALL,
    CLUSTER,
    CREATE,
    GROUP,
    ID_MASK,
    INDIVIDUAL,
    MANAGE,
    OPERATIONS,
    TYPES,
    USE,
    ZONE,
)

NO_LOCK = 0x10
USE_NO_LOCK, MANAGE_NO_LOCK = USE | NO_LOCK, MANAGE | NO_LOCK

__all__ = [
    "ADMIN", "CREATE", "MANAGE", "MANAGE_NO_LOCK", "NO_LOCK", "USE", "USE_NO_LOCK",
    "Target", "Visibility", "allowed", "authorize", "creation",
]  # fmt: skip


@dataclass(frozen=True)
class Target:
    """The target of an authorization without an object (yet): a creation, or a kind as a whole."""

    type_name: str
    uid: int = -1
    gid: int = -1
    oid: int = -1
    permissions: int = 0o600
    lock_level: int = 0
    clusters: frozenset = frozenset()
    reserved: bool = False


def creation(kind, call):
    """The target of a creation of `kind` by the caller."""
    return Target(kind.name, call.uid, call.gid)


def authorize(call, *needs):
    """Raises AuthorizationError unless the caller may do every (operation, target) of `needs`."""
    refusals = [
        _refusal(call, operation, target) for operation, target in needs if not allowed(call, operation, target)
    ]
    if refusals:
        raise AuthorizationError("; ".join(refusals))


def _refusal(call, operation, target):
    if call.is_admin:
        text = f"{target.type_name} is locked."
    else:
        text = f"Not authorized to perform {OPERATIONS[operation & 0xF]} {target.type_name}"
    return f"{text} [{target.oid}]" if target.oid != -1 else text


def allowed(call, operation, target):
    """Whether the caller may do `operation` on `target`."""
    if not operation & NO_LOCK and 0 < target.lock_level <= operation:
        return False
    if call.is_admin:
        return True
    right = operation & 0xF
    return _permitted(call, right, target) or call.cloud.acl.grants(call, right, target)


def _permitted(call, right, target):
    bit = {USE: 4, MANAGE: 2, ADMIN: 1}.get(right)
    if bit is None:
        return False
    bits = target.permissions
    if bits & bit or (target.uid == call.uid and bits >> 6 & bit):
        return True
    return target.gid in call.groups and bool(bits >> 3 & bit)


class Visibility:
    """The objects of a kind that the caller may USE, for pool calls: one search of the rules for the whole pool."""

    def __init__(self, call, type_name, reserved=False):
        self.uid = call.uid
        self.gid = call.gid
        self.groups = call.groups
        self.everything = call.is_admin
        self.oids, self.gids, self.cids = set(), set(), set()
        if not self.everything:
            self._search(call.cloud.acl, TYPES[type_name], reserved)

    def _search(self, acl, kind, reserved):
        for rule in acl.of(self.uid, self.groups):
            if not rule.rights & USE or rule.zone not in (ALL, INDIVIDUAL | ZONE):
                continue
            if not reserved and rule.resource & (kind | ALL) == kind | ALL:
                self.everything = True
            for mark, ids in ((GROUP, self.gids), (CLUSTER, self.cids), (INDIVIDUAL, self.oids)):
                if rule.resource & (kind | mark) == kind | mark and not (reserved and mark == CLUSTER):
                    ids.add(rule.resource & ID_MASK)

    def usable(self, thing):
        """Whether the caller may USE the object, as its owner or not."""
        if self.everything or thing.permissions & 4:
            return True
        if thing.gid in self.groups and thing.permissions & 0o40:
            return True
        return thing.oid in self.oids or thing.gid in self.gids or not self.cids.isdisjoint(thing.clusters)

    def shows(self, thing, filter_flag):
        """Whether a pool call with that filter flag returns the object."""
        if filter_flag == -3:
            return thing.uid == self.uid
        if filter_flag == -4:
            return thing.gid == self.gid and (thing.uid == self.uid or self.usable(thing))
        if filter_flag == -1:
            return thing.uid == self.uid or (thing.gid in self.groups and self.usable(thing))
        if filter_flag == -2:
            return thing.uid == self.uid or self.usable(thing)
        return thing.uid == filter_flag and (thing.uid == self.uid or self.usable(thing))
