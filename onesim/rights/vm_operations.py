"""The VM operations for which users and groups can have other rights than in the daemon's configuration."""

from onesim.errors import InternalError
from onesim.rights.access import ADMIN, MANAGE, USE

NAMES = frozenset(
    [
        "migrate",
        "delete",
        "recover",
        "retry",
        "deploy",
        "resched",
        "undeploy",
        "hold",
        "release",
        "stop",
        "suspend",
        "resume",
        "reboot",
        "poweroff",
        "disk-attach",
        "nic-attach",
        "disk-snapshot",
        "terminate",
        "disk-resize",
        "snapshot",
        "updateconf",
        "rename",
        "resize",
        "update",
        "disk-saveas",
        "backup",
        "sched-action",
        "sg-attach",
        "pci-attach",
        "restore",
        "exec",
        "vmgroup",
    ]
)
ADMIN_BY_DEFAULT = frozenset(["migrate", "delete", "recover", "retry", "deploy", "resched", "backup", "restore"])
ATTRIBUTES = (("VM_ADMIN_OPERATIONS", ADMIN), ("VM_MANAGE_OPERATIONS", MANAGE), ("VM_USE_OPERATIONS", USE))


def _named(template, attribute):
    return [name.strip().lower() for name in sorted(template.get(attribute).split(",")) if name]


def check_vm_operations(template):
    """Refuses a template of a user or group with an unknown operation."""
    for attribute, _ in ATTRIBUTES:
        unknown = next((name for name in _named(template, attribute) if name not in NAMES), None)
        if unknown is not None:
            raise InternalError(f"Unknown vm operation: {unknown}")


def needed_right(call, operation):
    """The right on a VM for an operation: from the caller's template, else that of the group, else the default."""
    for kind_name, oid in (("USER", call.uid), ("GROUP", call.gid)):
        thing = call.cloud.find(kind_name, oid)
        for attribute, right in ATTRIBUTES if thing else ():
            if operation in _named(thing.template, attribute):
                return right
    return ADMIN if operation in ADMIN_BY_DEFAULT else MANAGE
