"""The roles of VMs in VM groups: how they are assigned, and which hosts they allow."""

from onesim.errors import InternalError
from onesim.kinds.vm.states import State
from onesim.kinds.vmgroup import AFFINED, ANTI_AFFINED, named
from onesim.rights.access import USE
from onesim.text.values import id_list, integer, join


def needs(cloud, wanted, uid):
    """The rights for the VM group of a template: (right, object) each."""
    vector = wanted.vector("VMGROUP")
    group = _group(cloud, vector, uid) if vector else None
    if group:
        yield USE, group


def join_wanted(cloud, vm):
    """Assigns the role in the user's template to a new VM; raises InternalError if that fails."""
    vectors, others = vm.template.vectors("VMGROUP"), vm.template.singles("VMGROUP")
    if not vectors:
        return
    vm.template.erase("VMGROUP")
    for other in others:
        vm.template.add("VMGROUP", other)
    vm.spec.set("VMGROUP", take(cloud, vm, vectors[0]))


def take(cloud, vm, vector):
    """Assigns the role of a vector to a VM; returns the vector with the group's number."""
    name = vector.get("ROLE")
    if not name:
        raise InternalError("Missing role name in VM Group definition")
    group = _group(cloud, vector, vm.uid)
    if group is None:
        raise InternalError("Cannot find VM Group to associate the VM")
    _set_vms(cloud, group, _role(group, name), lambda vms: vms | {vm.oid})
    return {**vector, "VMGROUP_ID": str(group.oid)}


def leave(cloud, vm):
    """Removes a VM from its first role."""
    vector = vm.spec.vector("VMGROUP")
    group = cloud.find("VMGROUP", integer(vector["VMGROUP_ID"])) if vector else None
    role = group.role(vector["ROLE"]) if group else None
    if role:
        _set_vms(cloud, group, role, lambda vms: vms - {vm.oid})


def _set_vms(cloud, group, role, changed):
    vms = join(changed(id_list(role.get("VMS", ""))))
    if vms:
        role["VMS"] = vms
    else:
        role.pop("VMS", None)
    cloud.update(group)


def _group(cloud, vector, uid):
    """The VM group of a vector, by name or by number, or None."""
    name = vector.get("VMGROUP_NAME")
    if name:
        owner = integer(vector.get("VMGROUP_UID", ""))
        group = cloud.pool("VMGROUP").named(name, uid if owner is None else owner)
        return group if group and group.readable else None
    return cloud.find("VMGROUP", integer(vector.get("VMGROUP_ID", "")))


def _role(group, name):
    role = group.role(name)
    if role is None:
        raise InternalError("Role does not exist in VM Group")
    return role


def suits(cloud, vm, host_id):
    """Whether the role of a VM allows a host."""
    vector = vm.spec.vector("VMGROUP")
    group = cloud.find("VMGROUP", integer(vector["VMGROUP_ID"])) if vector else None
    role = group.role(vector["ROLE"]) if group else None
    return role is None or conflict(cloud, group, role["NAME"], vm, host_id) is None


def conflict(cloud, group, name, vm, host_id):
    """The conflict of a VM on that host with a role, in the daemon's words; None if there is none."""
    role, where = _role(group, name), f"VM {vm.oid} is on host {host_id} but"
    for policy, others, told in _companions(group, role):
        for other in _running(cloud, id_list(others.get("VMS", "")) - {vm.oid}):
            same = other.host_id == host_id
            if policy == AFFINED and not same:
                return f"{where} {told} and VM {other.oid} is on host {other.host_id}"
            if policy == ANTI_AFFINED and same:
                return f"{where} {told} and VM {other.oid} is on the same host"
    wanted, unwanted = id_list(role.get("HOST_AFFINED", "")), id_list(role.get("HOST_ANTI_AFFINED", ""))
    if (wanted and host_id not in wanted) or host_id in unwanted:
        return f"{where} role {name} has HOST_AFFINED/HOST_ANTI_AFFINED rules that are violated by this host"
    return None


def _companions(group, role):
    """(policy, role, text for refusals) of all rules about a role: its own, then those with others."""
    own = role.get("POLICY", "").upper()
    yield own, role, f"role {role['NAME']} is {own}"
    for policy in (AFFINED, ANTI_AFFINED):
        for rule in map(named, group.template.singles(policy)):
            for other in group.roles if role["NAME"] in rule else ():
                if other["NAME"] in rule and other is not role:
                    yield policy, other, f"it is {policy} with role {other['NAME']}"


def _running(cloud, numbers):
    found = (cloud.find("VM", number) for number in sorted(numbers))
    return [vm for vm in found if vm and vm.state == State.ACTIVE and vm.history]
