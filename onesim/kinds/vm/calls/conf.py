"""one.vm.updateconf: the boot configuration of a VM, its devices, and its context."""

import re

from onesim.api import generic
from onesim.api.dispatch import method
from onesim.errors import ApiError, AuthorizationError, InternalError
from onesim.kinds.template import check_raw
from onesim.kinds.vm.kind import KIND, operate
from onesim.kinds.vm.lifecycle.drivers import ask, done
from onesim.kinds.vm.parsing import attributes, backups, context
from onesim.kinds.vm.parts import place, secrets
from onesim.kinds.vm.states import Lcm, State
from onesim.oned_conf import VM_RESTRICTED
from onesim.text.templates import Template
from onesim.text.values import unsigned

REPLACE, APPEND = 0, 1
_ITEMS = {  # the items of a vector that can be changed
    "OS": (
        "ARCH", "MACHINE", "KERNEL", "INITRD", "BOOTLOADER", "BOOT", "KERNEL_CMD", "ROOT", "SD_DISK_BUS", "UUID",
        "FIRMWARE", "FIRMWARE_FORMAT",
    ),
    "FEATURES": (
        "PAE", "ACPI", "APIC", "LOCALTIME", "HYPERV", "GUEST_AGENT", "VIRTIO_SCSI_QUEUES", "VIRTIO_BLK_QUEUES",
        "IOTHREADS", "GIC", "RAS", "MIGRATE_AUTO_CONVERGE", "MIGRATE_COMPRESSED",
    ),
    "INPUT": ("TYPE", "BUS"),
    "GRAPHICS": ("TYPE", "LISTEN", "PASSWD", "KEYMAP", "COMMAND"),
    "VIDEO": ("IOMMU", "ATS", "TYPE", "VRAM", "RESOLUTION"),
    "RAW": ("TYPE", "DATA", "VALIDATE", "DATA_VMX"),
    "CPU_MODEL": ("MODEL", "FEATURES"),
    "BACKUP_CONFIG": (
        "FS_FREEZE", "KEEP_LAST", "BACKUP_VOLATILE", "INCREMENT_MODE", "MODE", "DISK_IDS", "INTERACTIVE",
    ),
}  # fmt: skip
_STATES = (State.PENDING, State.HOLD, State.POWEROFF, State.UNDEPLOYED, State.CLONING, State.CLONING_FAILURE)
_LCM_STATES = frozenset(
    {
        Lcm.LCM_INIT, Lcm.PROLOG, Lcm.RUNNING, Lcm.EPILOG, Lcm.SHUTDOWN, Lcm.CLEANUP_RESUBMIT, Lcm.SHUTDOWN_POWEROFF,
        Lcm.CLEANUP_DELETE, Lcm.HOTPLUG_SAVEAS_POWEROFF, Lcm.SHUTDOWN_UNDEPLOY, Lcm.EPILOG_UNDEPLOY,
        Lcm.PROLOG_UNDEPLOY, Lcm.HOTPLUG_PROLOG_POWEROFF, Lcm.HOTPLUG_EPILOG_POWEROFF, Lcm.BOOT_FAILURE,
        Lcm.PROLOG_FAILURE, Lcm.EPILOG_FAILURE, Lcm.EPILOG_UNDEPLOY_FAILURE, Lcm.PROLOG_MIGRATE_POWEROFF,
        Lcm.PROLOG_MIGRATE_POWEROFF_FAILURE, Lcm.BOOT_UNDEPLOY_FAILURE, Lcm.PROLOG_UNDEPLOY_FAILURE,
        Lcm.DISK_SNAPSHOT_POWEROFF, Lcm.DISK_SNAPSHOT_REVERT_POWEROFF, Lcm.DISK_SNAPSHOT_DELETE_POWEROFF,
    }
)  # fmt: skip
_OF_NIC = re.compile(r"ETH\d+_\w+", re.ASCII)


@method("one.vm.updateconf", "isi", defaults=(REPLACE,), kind=KIND)
def update_conf(call, oid, text, way):
    """Changes the configuration: merged (1), or replaced (0) except for required parts."""
    if way not in (REPLACE, APPEND):
        raise ApiError("Wrong update type")
    wanted = _updatable(generic.parsed(KIND, text))
    vm = operate(call, oid, "updateconf")
    _check_restricted(call, vm, wanted)
    _check_state(vm)
    before, vm.spec = vm.spec, vm.spec.copy()
    try:
        changed = _change(call.cloud, vm, wanted, way == APPEND)
    except InternalError:
        vm.spec = before
        raise
    changed = _give_port(call.cloud, vm) or changed
    if changed and vm.running:
        vm.enter(Lcm.HOTPLUG)
        vm.resched = False
        ask(call.cloud, vm, "UPDATECONF")
    call.cloud.update(vm)
    return oid


def _updatable(template):
    """The part of a template that an update of the configuration uses."""
    found = Template()
    for name, items in _ITEMS.items():
        vector = template.vector(name) or {}
        kept = {item: vector[item] for item in items if vector.get(item) or (item == "DISK_IDS" and item in vector)}
        if kept:
            found.add(name, kept)
    if template.vector("CONTEXT") is not None:
        found.add("CONTEXT", template.vector("CONTEXT"))
    return found


def _check_restricted(call, vm, wanted):
    if call.is_admin:
        return
    name = VM_RESTRICTED.changed(wanted, vm.spec, append=True)
    if name:
        raise AuthorizationError(f"Template includes a restricted attribute {name}")


def _check_state(vm):
    fitting = vm.lcm_state in _LCM_STATES if vm.state == State.ACTIVE else vm.state in _STATES
    if not fitting:
        raise InternalError(f"configuration cannot be updated in state {vm.state_name}")


def _change(cloud, vm, wanted, append):
    """Makes the change; returns whether the context has changed."""
    check_raw(wanted)
    attributes.check_features(wanted)
    _put(vm.spec, wanted, "OS", append)
    attributes.set_boot_order(vm.spec)
    for name in ("FEATURES", "INPUT", "GRAPHICS", "VIDEO", "RAW", "CPU_MODEL"):
        _put(vm.spec, wanted, name, append)
    changed = _change_context(cloud, vm, wanted.vector("CONTEXT"), append)
    attributes.take_graphics(vm.spec, vm.spec)
    attributes.take_video(vm.spec, vm.spec)
    _change_backup(vm, wanted, append)
    secrets.hide(vm.spec)
    return changed


def _put(spec, wanted, name, append):
    """Replaces a vector, or merges into it; items that cannot be changed stay."""
    new, old = wanted.vector(name), spec.vector(name)
    if new is None:
        if not append:
            spec.erase(name)
    elif old is None:
        spec.add(name, dict(new))
    else:
        for item in _ITEMS[name]:
            if item in new:
                old[item] = new[item]
            elif not append:
                old.pop(item, None)


def _change_context(cloud, vm, given, append):
    """Changes the context; returns whether it has changed."""
    old = vm.context
    if given is None:
        return False
    if old is None:
        raise InternalError("Virtual machine does not have context, cannot add a new one.")
    _check_nics(given, old)
    same = {name: value for name, value in given.items() if old.get(name) == value}
    gone = not append and any(name not in given for name in old if given and name < max(given))
    changed = len(same) < len(given) or gone
    fresh = {name: value for name, value in given.items() if name not in same or (name == "NETWORK" and not append)}
    fresh.update(TARGET=old.get("TARGET", ""), DISK_ID=old.get("DISK_ID", ""))
    vm.spec.set("CONTEXT", fresh)
    context.build(cloud, vm, auto_nics=True)
    fresh = vm.context
    if append:
        vm.spec.set("CONTEXT", {**old, **fresh})
    else:
        fresh.update(same)
    return changed


def _check_nics(given, old):
    """Refuses variables that are set by the NICs."""
    for name in sorted(given):
        if _OF_NIC.fullmatch(name) and given[name] != old.get(name):
            doing = "update" if name in old else "add"
            raise InternalError(f"Unable to {doing} {name}, update NIC to update network context")


def _change_backup(vm, wanted, append):
    given = wanted.vector("BACKUP_CONFIG")
    if given is None:
        return
    if given.get("MODE", "").upper() == "INCREMENT":
        backups.check_increments(vm, given, append)
    backups.take_config(vm, wanted, append)


def _give_port(cloud, vm):
    """Assigns a port to a new remote display of a VM; returns whether that was necessary."""
    graphics = vm.spec.vector("GRAPHICS")
    needed = vm.state in (State.ACTIVE, State.POWEROFF, State.SUSPENDED)
    if graphics is None or not needed or unsigned(graphics.get("PORT")) is not None:
        return False
    reason = place.take_port(cloud, vm, vm.cluster_id)
    if reason:
        raise InternalError(reason)
    return True


@done("UPDATECONF")
def _updated(cloud, vm, succeeded):
    """The guest has the new context, or the driver has failed: the VM has the new context in both cases."""
    if vm.lcm_state == Lcm.HOTPLUG:
        vm.enter(Lcm.RUNNING)
        cloud.update(vm)
