"""VM groups: roles, and affinity rules. The relations of VMs are in vm.parts.roles."""

from onesim.api import generic
from onesim.api.dispatch import method
from onesim.cloud.things import Kind, Thing, check_name, permissions_for
from onesim.errors import ActionError, InternalError
from onesim.rights.access import CREATE
from onesim.text.templates import vector_xml
from onesim.text.values import integer

AFFINED, ANTI_AFFINED = "AFFINED", "ANTI_AFFINED"


class VmGroup(Thing):
    """`roles` are vectors, in order of their numbers."""

    def __init__(self, template, call):
        super().__init__(template, "", call.uid, call.gid, call.uname, call.gname)
        self.permissions = permissions_for(call.uid, call.gid, call.umask)
        self.roles = []

    def inserting(self, cloud):
        self.name = self.template.erase("NAME")
        vectors = self.template.vectors("ROLE")
        self.template.erase("ROLE")
        for vector in vectors:
            self.roles = with_role(self.roles, vector)
        check_rules(self.template, self.roles)

    @property
    def readable(self):
        """Whether the daemon can read the stored roles: their updates may remove name or number."""
        names, numbers = {role["NAME"] for role in self.roles}, {integer(role["ID"]) for role in self.roles}
        return len(names - {""}) == len(numbers - {None}) == len(self.roles)

    def role(self, name):
        """The role of that name, or None."""
        return next((role for role in self.roles if role["NAME"] == name), None)

    def render(self):
        roles = "".join(vector_xml("ROLE", role) for role in self.roles)
        return (
            f"<VM_GROUP>{self.head_xml()}{self.permissions_xml()}{self.lock_xml()}<ROLES>{roles}</ROLES>"
            f"{self.template.xml()}</VM_GROUP>"
        )


def with_role(roles, vector):
    """The roles and one more, with the next number."""
    name = vector.get("NAME", "")
    if not name:
        raise InternalError("Missing NAME in VM group role")
    if any(role["NAME"] == name for role in roles):
        raise InternalError("Role already exists")
    number = max((integer(role["ID"]) for role in roles), default=-1) + 1
    return [*roles, {**_given(vector), "ID": str(number)}]


def _given(vector):
    """The attributes of a role that a caller may set."""
    return {name: value for name, value in vector.items() if name != "VMS"}


def check_rules(template, roles):
    """Refuses rules about unknown roles, duplicate rules, and contradictions."""
    by_name = {role["NAME"]: role for role in roles}
    for policy in (AFFINED, ANTI_AFFINED):
        for text in template.singles(policy):
            if not named(text) <= by_name.keys():
                raise InternalError(f"Some roles used in {policy} attribute ({text}) are not defined")
    together = _ruled(template, AFFINED)
    for role in roles:
        if role["NAME"] in together and role.get("POLICY", "").upper() == ANTI_AFFINED:
            raise InternalError(f"Role {role['NAME']} is in an AFFINED rule but the role policy is ANTI_AFFINED")
    both = together & _ruled(template, ANTI_AFFINED)
    if both:
        names = "".join(f" {role['NAME']}" for role in roles if role["NAME"] in both)
        raise InternalError(f"Roles defined in AFFINED and ANTI_AFFINED rules:{names}")


def named(text):
    """The names in a rule."""
    return {name.strip() for name in text.split(",") if name}


def _ruled(template, policy):
    """All roles in the rules of a policy."""
    rules = []
    for text in template.singles(policy):
        if named(text) in rules:
            raise InternalError(f"Duplicated {policy} rule ({text}) detected.")
        rules.append(named(text))
    return set().union(*rules)


class VmGroupKind(Kind):
    name, title, xml_title, tag, pool_tag = "VMGROUP", "vm group", "VM Group", "VM_GROUP", "VM_GROUP_POOL"
    thing = VmGroup
    lockable = True

    def created(self, call, template, cluster):
        check_name(template.get("NAME"))
        pool = call.cloud.pool("VMGROUP")
        taken = pool.named(template.get("NAME"), call.uid)
        if taken:
            raise InternalError(f"NAME is already taken by VMGroup {taken.oid}.")
        return pool.insert(VmGroup(template, call))

    def updated_template(self, cloud, thing, old):
        thing.template.erase("ROLE")
        check_rules(thing.template, thing.roles)


KIND = VmGroupKind()
generic.register(KIND, "vmgroup", "info update rename chown chmod lock unlock delete")
generic.register_pool(KIND, "one.vmgrouppool.info")


@method("one.vmgroup.allocate", "s", kind=KIND, operation=CREATE)
def allocate(call, text):
    return generic.allocate(call, KIND, text)


@method("one.vmgroup.roleadd", "is", kind=KIND)
def add_role(call, oid, text):
    group = generic.reachable(call, KIND, oid, check=lambda: _role(text))
    return _change(call, group, lambda: with_role(group.roles, _role(text)))


@method("one.vmgroup.roledelete", "ii", kind=KIND)
def delete_role(call, oid, role_id):
    group = generic.reachable(call, KIND, oid)
    role = _find(group, role_id)
    if role is None:
        raise ActionError(f"Unable to delete role {role_id}, the role doesn't exists")
    if "VMS" in role:
        raise ActionError(f"Unable to delete role {role_id}, the role has assigned VMs ")
    return _change(call, group, lambda: [other for other in group.roles if other is not role])


@method("one.vmgroup.roleupdate", "iis", kind=KIND)
def update_role(call, oid, role_id, text):
    group = generic.reachable(call, KIND, oid)
    vector, role = _role(text), _find(group, role_id)
    if role is None:
        raise ActionError(f"VMGroup {oid} doesn't have role {role_id}")
    if "VMS" in role:
        raise ActionError(f"VMGroup {oid} Role {role_id} has VMs, unable to update")
    name = vector.get("NAME") or role["NAME"]
    if any(other["NAME"] == name for other in group.roles if other is not role):
        raise ActionError(f"VMGroup {oid} Role {role_id} can not update name, role with name {name} already exists")
    changed = {**role, **_given(vector)}
    return _change(call, group, lambda: [changed if other is role else other for other in group.roles])


def _role(text):
    """The role of a caller's text."""
    vector = generic.parsed(KIND, text, ActionError).vector("ROLE")
    if vector is None:
        raise ActionError("No ROLE attribute in template")
    return vector


def _find(group, role_id):
    return next((role for role in group.roles if integer(role["ID"]) == role_id), None)


def _change(call, group, changed):
    """Replaces the roles, if the rules allow it; returns the group's number."""
    try:
        roles = changed()
        check_rules(group.template, roles)
    except InternalError as refusal:
        raise ActionError(refusal.text) from refusal
    group.roles = sorted(roles, key=lambda role: integer(role["ID"]) or 0)
    call.cloud.update(group)
    return group.oid
