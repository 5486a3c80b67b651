"""ACL rules: which rights a user, group, or everybody has on which objects in which zone."""

from onesim.errors import InternalError

USE, MANAGE, ADMIN, CREATE = 1, 2, 4, 8
OPERATIONS = {USE: "USE", MANAGE: "MANAGE", ADMIN: "ADMIN", CREATE: "CREATE"}

INDIVIDUAL, GROUP, ALL, CLUSTER = 0x100000000, 0x200000000, 0x400000000, 0x800000000
ID_MASK = 0xFFFFFFFF
SELECTORS = INDIVIDUAL | GROUP | ALL | CLUSTER
KINDS_MASK = 0xFFFFFFF000000000
ZONE = 0

TYPES = {
    name: 1 << (36 + position)
    for position, name in enumerate(
        [
            "VM",
            "HOST",
            "NET",
            "IMAGE",
            "USER",
            "TEMPLATE",
            "GROUP",
            "ACL",
            "DATASTORE",
            "CLUSTER",
            "DOCUMENT",
            "ZONE",
            "SECGROUP",
            "VDC",
            "VROUTER",
            "MARKETPLACE",
            "MARKETPLACEAPP",
            "VMGROUP",
            "VNTEMPLATE",
            "HOOK",
            "BACKUPJOB",
            "SCHEDULEDACTION",
        ]
    )
}
_SPELLED = [name for name in TYPES if name not in ("ACL", "HOOK", "SCHEDULEDACTION")]


def kinds(names):
    """The bits of several kinds: "VM+NET"."""
    return sum(TYPES[name] for name in names.split("+"))


_WITHOUT_CLUSTER = kinds(
    "VM+IMAGE+USER+TEMPLATE+GROUP+ACL+CLUSTER+DOCUMENT+ZONE+SECGROUP+VDC+VROUTER+MARKETPLACE+MARKETPLACEAPP+VMGROUP"
    "+VNTEMPLATE"
)
_WITHOUT_GROUP = kinds("HOST+GROUP+CLUSTER+ZONE+VDC")
_GROUP_ZONE = "[zone] GROUP (@) bit is not supported"
_FEDERATED = kinds("USER+GROUP+ZONE+ACL+VDC")


def _signed32(value):
    low = value & ID_MASK
    return low - (1 << 32) if low >> 31 else low


class AclRule:
    """One rule; its four terms are the numbers of the API, selector bits and ID in one."""

    def __init__(self, user, resource, rights, zone):
        self.oid = -1
        self.user, self.resource, self.rights, self.zone = user, resource, rights, zone

    @property
    def terms(self):
        return self.user, self.resource, self.rights, self.zone

    @property
    def here(self):
        """Whether the rule applies to this zone."""
        return self.zone & ALL == ALL or self.zone & (INDIVIDUAL | ID_MASK) == INDIVIDUAL | ZONE

    def grants(self, right, kind, exact, reserved):
        """Whether it grants `right` on all of a kind (not on reservations) or on one of the `exact` resources."""
        if not self.here or self.rights & right != right:
            return False
        if not reserved and self.resource & (kind | ALL) == kind | ALL:
            return True
        return any(self.resource & (kind | mark | ID_MASK) in exact for mark in (INDIVIDUAL, GROUP, CLUSTER))

    def text(self):
        """The rule as text: @1 NET/* USE #0."""
        user = _selected(self.user, ((GROUP, "@"), (INDIVIDUAL, "#"), (ALL, "*")))
        names = "+".join(name for name in _SPELLED if self.resource & TYPES[name])
        which = _selected(self.resource, ((GROUP, "@"), (INDIVIDUAL, "#"), (CLUSTER, "%"), (ALL, "*")))
        rights = "+".join(text for right, text in OPERATIONS.items() if self.rights & right)
        zone = _selected(self.zone, ((INDIVIDUAL, "#"), (ALL, "*")))
        return f"{user} {names}/{which} {rights} {zone}"

    def xml(self):
        return (
            f"<ACL><ID>{self.oid}</ID><USER>{self.user:x}</USER><RESOURCE>{self.resource:x}</RESOURCE>"
            f"<RIGHTS>{self.rights:x}</RIGHTS><ZONE>{self.zone:x}</ZONE><STRING>{self.text()}</STRING></ACL>"
        )

    def faults(self):
        """The error in the rule, in the daemon's words; an empty text if it is valid."""
        found = "; ".join(text for test, text in self._tests() if test)
        return found.replace(f"; {_GROUP_ZONE}", _GROUP_ZONE)  # the daemon appends this message to the previous one

    def _tests(self):
        user, resource, zone = self.user, self.resource, self.zone
        selector = resource & SELECTORS
        yield user & INDIVIDUAL and user & GROUP, "[user] INDIVIDUAL (#) and GROUP (@) bits are exclusive"
        yield user & INDIVIDUAL and user & ALL, "[user] INDIVIDUAL (#) and ALL (*) bits are exclusive"
        yield user & GROUP and user & ALL, "[user] GROUP (@) and ALL (*) bits are exclusive"
        yield not user & 0x700000000, "[user] is missing one of the INDIVIDUAL, GROUP or ALL bits"
        yield _signed32(user) < 0, "[user] ID cannot be negative"
        yield user & ALL and _signed32(user) != 0, "when using the ALL bit, [user] ID must be 0"
        yield (
            selector & (selector - 1),
            "[resource] INDIVIDUAL (#), GROUP (@), CLUSTER (%) and ALL (*) bits are exclusive",
        )
        yield (
            resource & CLUSTER and resource & _WITHOUT_CLUSTER,
            "[resource] CLUSTER(%) selector can be applied only to DATASTORE, HOST and NET types",
        )
        yield (
            resource & GROUP and resource & _WITHOUT_GROUP,
            "[resource] GROUP(@) selector cannot be applied to HOST, GROUP, CLUSTER, ZONE or VDC types",
        )
        yield not selector, "[resource] is missing one of the INDIVIDUAL, GROUP, CLUSTER or ALL bits"
        yield _signed32(resource) < 0, "[resource] ID cannot be negative"
        yield resource & ALL and _signed32(resource) != 0, "when using the ALL bit, [resource] ID must be 0"
        yield not resource & KINDS_MASK, "[resource] type is missing"
        yield resource & 0xFE80000000000000, "wrong [resource] type"
        yield self.rights == 0, "wrong [rights], it cannot be 0"
        yield self.rights > 0xF, "wrong [rights], it cannot be bigger than 0xF"
        yield zone & GROUP, _GROUP_ZONE
        yield zone & INDIVIDUAL and zone & ALL, "[zone] INDIVIDUAL (#) and ALL (*) bits are exclusive"
        yield not zone & 0x700000000, "[zone] is missing one of the INDIVIDUAL or ALL bits"
        yield _signed32(zone) < 0, "[zone] ID cannot be negative"
        yield zone & ALL and _signed32(zone) != 0, "when using the ALL bit, [zone] ID must be 0"
        yield (
            zone & ALL and resource & INDIVIDUAL and resource & KINDS_MASK & ~_FEDERATED,
            "[resource] INDIVIDUAL(#) selector cannot be applied to ALL zones, except for USER, GROUP and ZONE types",
        )


def _selected(term, signs):
    for bit, sign in signs:
        if term & bit:
            return sign if bit == ALL else f"{sign}{_signed32(term)}"
    return "??"


class AclRules:
    """The rules of a cloud, by number and by user."""

    def __init__(self, cloud):
        self.cloud = cloud
        self.rules = {}
        self.last_oid = -1
        self._by_user = {}

    def add(self, user, resource, rights, zone):
        """Adds a rule and returns it; raises InternalError for a duplicate, or an invalid rule."""
        rule = AclRule(user, resource, rights, zone)
        if self.find(*rule.terms):
            raise InternalError(f"Rule {rule.text()} already exists")
        if faults := rule.faults():
            raise InternalError(f"Rule {rule.text()} is malformed: {faults}")
        self.last_oid += 1
        rule.oid = self.last_oid
        self.load(rule)
        self.cloud.journal.put("ACL", rule.oid, rule)
        self.cloud.journal.put("last number", "ACL", self.last_oid)
        return rule

    def load(self, rule):
        """Inserts a stored rule."""
        self.rules[rule.oid] = rule
        self._by_user.setdefault(rule.user, []).append(rule)

    def ensure(self, user, resource, rights, zone):
        """Adds a rule unless it exists."""
        if not self.find(user, resource, rights, zone):
            self.add(user, resource, rights, zone)

    def remove(self, rule):
        del self.rules[rule.oid]
        self._by_user[rule.user].remove(rule)
        self.cloud.journal.remove("ACL", rule.oid)

    def discard(self, user, resource, rights, zone):
        """Removes the identical rule, if there is one."""
        rule = self.find(user, resource, rights, zone)
        if rule:
            self.remove(rule)

    def remove_where(self, condition):
        for rule in [rule for rule in self.rules.values() if condition(rule)]:
            self.remove(rule)

    def forget_object(self, type_name, oid):
        """Removes the rules that only refer to this object."""
        self.remove_where(lambda rule: rule.resource == TYPES[type_name] | INDIVIDUAL | oid)

    def forget_group(self, gid):
        """Removes the rules for a group, and those on objects of a group."""
        self.remove_where(lambda rule: rule.user == GROUP | gid or rule.resource & (GROUP | ID_MASK) == GROUP | gid)

    def find(self, user, resource, rights, zone):
        """The identical rule, or None."""
        wanted = (user, resource, rights, zone)
        return next((rule for rule in self._by_user.get(user, ()) if rule.terms == wanted), None)

    def in_order(self):
        """All rules in the order of the daemon: by user, then by age."""
        return [rule for user in sorted(self._by_user) for rule in self._by_user[user]]

    def of(self, uid, groups):
        """The rules that apply to a user."""
        for user in (ALL, INDIVIDUAL | uid, *(GROUP | gid for gid in sorted(groups))):
            yield from self._by_user.get(user, ())

    def grants(self, call, right, target):
        """Whether a rule grants the caller `right` on `target`."""
        kind = TYPES.get(target.type_name, 0)
        exact = {kind | INDIVIDUAL | target.oid} if target.oid >= 0 else set()
        if target.gid >= 0:
            exact.add(kind | GROUP | target.gid)
        if not target.reserved:
            exact.update(kind | CLUSTER | cid for cid in target.clusters)
        return any(rule.grants(right, kind, exact, target.reserved) for rule in self.of(call.uid, call.groups))
