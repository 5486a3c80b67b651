"""Groups: members, administrators, quotas and VLAN rules."""

from onesim.api import generic
from onesim.api.dispatch import method
from onesim.cloud.things import Kind, Thing, check_name, ids_xml
from onesim.errors import ActionError, AuthorizationError, InternalError
from onesim.oned_conf import USER_RESTRICTED
from onesim.rights.access import ADMIN, CREATE, USE, authorize, creation
from onesim.rights.acl_rules import ALL, GROUP, INDIVIDUAL, MANAGE, kinds
from onesim.rights.quotas import Quotas
from onesim.rights.vlan_rules import VlanRules
from onesim.rights.vm_operations import check_vm_operations

FIRST_OF_USERS = 100


def admin_rules(gid, uid):
    """The ACL rules that make a user an administrator of a group."""
    owned = "VM+NET+IMAGE+TEMPLATE+DOCUMENT+SECGROUP+VROUTER+VMGROUP+BACKUPJOB"
    return (
        (INDIVIDUAL | uid, kinds("USER") | GROUP | gid, USE | MANAGE | ADMIN | CREATE, ALL),
        (INDIVIDUAL | uid, kinds(owned) | GROUP | gid, USE | MANAGE, ALL),
        (INDIVIDUAL | uid, kinds("VROUTER") | ALL, CREATE, ALL),
        (INDIVIDUAL | uid, kinds("GROUP") | INDIVIDUAL | gid, MANAGE, ALL),
    )


class Group(Thing):
    def __init__(self, name):
        super().__init__(name=name, permissions=0o640)
        self.users = set()
        self.admins = set()
        self.quotas = Quotas()
        self.vlans = VlanRules()

    def inserting(self, cloud):
        self.gid, self.gname = self.oid, self.name
        self.vlans.set_id(self.oid)

    def remove_user(self, cloud, uid):
        if uid in self.admins:
            self.remove_admin(cloud, uid)
        self.users.discard(uid)

    def remove_admin(self, cloud, uid):
        self.admins.discard(uid)
        for rule in admin_rules(self.oid, uid):
            cloud.acl.discard(*rule)

    def _body(self, extra=""):
        return (
            f"<GROUP><ID>{self.oid}</ID><NAME>{self.name}</NAME>{self.template.xml()}"
            f"{ids_xml('USERS', self.users)}{ids_xml('ADMINS', self.admins)}{extra}</GROUP>"
        )

    @property
    def record(self):
        return self._body()

    def render(self):
        return f"{self._body()}<QUOTAS><ID>{self.oid}</ID>{self.quotas.xml()}</QUOTAS>{self.vlans.xml()}"

    def info(self, call):
        return self._body(self.quotas.xml() + self.vlans.xml() + call.cloud.default_quotas["GROUP"].xml())


class GroupKind(Kind):
    name, title, xml_title, tag, pool_tag = "GROUP", "group", "Group", "GROUP", "GROUP_POOL"
    thing = Group
    names_per_owner = False
    restricted = USER_RESTRICTED

    def own_number(self, call):
        return call.gid

    def updated_template(self, cloud, thing, old):
        check_vm_operations(thing.template)

    def drop(self, call, thing):
        if thing.oid < FIRST_OF_USERS:
            raise ActionError(f"System Groups (ID < {FIRST_OF_USERS}) cannot be deleted.")
        if thing.users:
            raise ActionError(f"Group {thing.oid} is not empty.")
        call.cloud.drop(thing)
        call.cloud.acl.forget_group(thing.oid)
        for vdc in call.cloud.pool("VDC"):
            if thing.oid in vdc.groups:
                vdc.remove_group(call.cloud, thing.oid)
                call.cloud.update(vdc)


KIND = GroupKind()
generic.register(KIND, "group", "info update delete", operation=ADMIN)


@method("one.grouppool.info", kind=KIND, operation=USE, writes=False)
def pool_info(call):
    groups = generic.listed(call, KIND, -2, -1, -1)
    defaults = call.cloud.default_quotas["GROUP"].xml()
    return f"<GROUP_POOL>{''.join(group.xml for group in groups)}{defaults}</GROUP_POOL>"


@method("one.group.allocate", "s", kind=KIND, operation=CREATE)
def allocate(call, name):
    authorize(call, (CREATE, creation(KIND, call)))
    return new_group(call.cloud, name).oid


def new_group(cloud, name):
    """Creates a group, which joins the default VDC."""
    check_name(name, extra=" ")
    taken = cloud.pool("GROUP").named(name)
    if taken:
        raise InternalError(f"NAME is already taken by GROUP {taken.oid}.")
    group = Group(name)
    cloud.pool("GROUP").insert(group)
    vdc = cloud.find("VDC", 0)
    if vdc:
        vdc.add_group(cloud, group.oid)
        cloud.update(vdc)
    return group


def _admin_change(call, oid, uid):
    group, user = call.cloud.get("GROUP", oid), call.cloud.get("USER", uid)
    authorize(call, (ADMIN, group), (ADMIN, user))
    return group


@method("one.group.addadmin", "ii", kind=KIND, operation=ADMIN)
def addadmin(call, oid, uid):
    group = _admin_change(call, oid, uid)
    if uid not in group.users:
        raise InternalError(f"Cannot edit group. User {uid} is not part of Group {oid}.")
    if uid in group.admins:
        raise InternalError(f"Cannot edit group. User {uid} is already an administrator of Group {oid}.")
    group.admins.add(uid)
    for rule in admin_rules(oid, uid):
        call.cloud.acl.ensure(*rule)
    call.cloud.update(group)
    return oid


@method("one.group.deladmin", "ii", kind=KIND, operation=ADMIN)
def deladmin(call, oid, uid):
    group = _admin_change(call, oid, uid)
    if uid not in group.admins:
        raise InternalError(f"Cannot edit group. User {uid} is not an administrator of Group {oid}.")
    group.remove_admin(call.cloud, uid)
    call.cloud.update(group)
    return oid


@method("one.group.vlan", "is", kind=KIND, operation=ADMIN)
def vlan(call, oid, text):
    """Sets the rules for the VLANs that members may use."""
    group = generic.reachable(call, KIND, oid, check=lambda: generic.parsed(KIND, text, ActionError))
    group.vlans.replace(generic.parsed(KIND, text, ActionError), oid)
    call.cloud.update(group)
    return oid


def check_vlans(call, template, vntemplate_id=-1):
    """Refuses VLANs in a network template that no rule of the caller's groups allows (administrators need no rule)."""
    if call.is_admin:
        return
    rules = [call.cloud.get("GROUP", gid).vlans for gid in sorted(call.groups) if call.cloud.find("GROUP", gid)]
    automatic = template.yes("AUTOMATIC_VLAN_ID") or template.yes("AUTOMATIC_OUTER_VLAN_ID")
    if automatic and vntemplate_id != -1 and any(group.limits_template(vntemplate_id) for group in rules):
        raise AuthorizationError(
            "Automatic selection of VLAN ID cannot be used with VLAN rules scoped to the VN Template"
        )
    for scope, value in VlanRules.wanted(template):
        if not any(group.allows(scope, value, vntemplate_id) for group in rules):
            raise AuthorizationError(f"User is not authorized to use the requested {scope}")
