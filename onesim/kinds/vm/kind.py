"""The specifics of the kind, and the calls that VMs share with other kinds."""

from onesim.api import generic
from onesim.api.dispatch import method
from onesim.cloud.things import Kind
from onesim.errors import ActionError, ApiError
from onesim.kinds.vm.lifecycle import upkeep
from onesim.kinds.vm.machine import VirtualMachine
from onesim.kinds.vm.parsing import assembly, backups
from onesim.kinds.vm.parts import disks, secrets, usage
from onesim.kinds.vm.states import Lcm, State
from onesim.oned_conf import VM_RESTRICTED
from onesim.rights import quotas, vm_operations
from onesim.rights.access import MANAGE, USE_NO_LOCK, authorize


class VmKind(Kind):
    """Other kinds call this one by name after changes that concern VMs."""

    name, title, xml_title, tag, pool_tag = "VM", "virtual machine", "VM", "VM", "VM_POOL"
    thing = VirtualMachine
    names_unique = False
    lockable = True
    restricted = VM_RESTRICTED
    state_names = tuple(State.__members__)
    announced = True

    build = staticmethod(assembly.build)
    host_renamed = staticmethod(upkeep.host_renamed)
    cluster_changed = staticmethod(upkeep.cluster_changed)
    network_changed = staticmethod(upkeep.network_changed)
    rules_changed = staticmethod(upkeep.rules_changed)
    cluster_charges = staticmethod(upkeep.cluster_charges)

    def saving_given_up(self, cloud, vm_id):
        cloud.soon("vm.saving_given_up", vm_id)

    def saving_ready(self, cloud, image, succeeded):
        cloud.soon("vm.saving_ready", image.oid, succeeded)

    def is_backed_up(self, cloud, vm_id):
        """Whether an operation on the backups of a VM is in progress."""
        vm = cloud.find("VM", vm_id)
        return vm is not None and (vm.is_in(Lcm.BACKUP, Lcm.BACKUP_POWEROFF) or vm.backup_config.yes("ACTIVE_FLATTEN"))

    def backup_removed(self, cloud, vm_id, image_id):
        vm = cloud.find("VM", vm_id)
        if vm is not None:
            vm.backup_ids.discard(image_id)
            if backups.noted(vm, "INCREMENTAL_BACKUP_ID") == image_id:
                backups.forget_chain(vm.backup_config)
            cloud.update(vm)

    def increments_flattened(self, cloud, vm_id):
        vm = cloud.find("VM", vm_id)
        if vm is not None:
            vm.backup_config.set("ACTIVE_FLATTEN", "NO")
            cloud.update(vm)

    def state_words(self, thing):
        return thing.state.name, thing.lcm_state.name

    def state_message(self, thing):
        host = f"<REMOTE_HOST>{thing.last.host_name}</REMOTE_HOST>" if thing.history else "<REMOTE_HOST/>"
        service = f"<SERVICE_ID>{self.service(thing)}</SERVICE_ID>" if self.service(thing) else ""
        return (
            f"<LCM_STATE>{thing.lcm_state.name}</LCM_STATE><RESOURCE_ID>{thing.oid}</RESOURCE_ID>{service}{host}"
            f"{thing.extended(None)}"
        )

    def service(self, thing):
        return thing.template.get("SERVICE_ID")

    def updated_template(self, cloud, thing, old):
        secrets.hide(thing.template)

    def owned_quota(self, cloud, thing):
        if thing.state == State.DONE:
            raise ActionError("Could not change VM ownership, wrong state")
        copies = disks.image_charges(thing.spec)[:1]  # the daemon ignores further ones
        taken = usage.of_vm(thing, always=True, running=thing.charged_as_running)
        return [(quotas.DATASTORE, charge) for charge in copies] + [(quotas.VIRTUALMACHINE, taken)]


KIND = VmKind()
generic.register(KIND, "vm", "chown chmod lock unlock")


def operate(call, oid, operation):
    """The VM of that number, once the caller has the right for an operation on it."""
    call.operation = vm_operations.needed_right(call, operation)
    vm = call.cloud.get("VM", oid)
    authorize(call, (call.operation, vm))
    return vm


def who(call):
    """The caller, as history records store it."""
    return call.uid, call.gid, call.request_id


@method("one.vm.info", "ib", defaults=(False,), kind=KIND, operation=USE_NO_LOCK, writes=False)
def info(call, oid, decrypt):
    """The VM with all its history; administrators may see its secrets."""
    vm = generic.reachable(call, KIND, oid)
    return vm.info(call, reveal=decrypt and call.is_admin)


@method("one.vm.update", "isi", defaults=(0,), kind=KIND, operation=MANAGE)
def update(call, oid, text, append):
    """Replaces (0) the user template of the VM, or merges into it (1)."""
    call.operation = vm_operations.needed_right(call, "update")
    vm = generic.reachable(call, KIND, oid)
    if append not in (0, 1):
        raise ApiError("Wrong update type")
    generic.parsed(KIND, text, ActionError)
    generic.update_template(call, vm, text, append)
    return oid


@method("one.vm.rename", "is", kind=KIND, operation=MANAGE)
def rename(call, oid, name):
    call.operation = vm_operations.needed_right(call, "rename")
    return generic.renaming(KIND)(call, oid, name)
