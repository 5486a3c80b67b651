"""The quota usage of VMs: quota templates of current VMs, and of their changes."""

from onesim.kinds.vm.parts import disks
from onesim.rights import quotas
from onesim.text.templates import Template
from onesim.text.values import integer

_COUNTED = ("CPU", "MEMORY")


def basic(template):
    """The usage of a template's VM in any state: the template with counts added."""
    found = Template(
        (name, dict(value)) for name in ("NIC", "NIC_ALIAS", "DISK", "PCI") for value in template.vectors(name)
    )
    for name in _COUNTED:
        if template.get(name):
            found.add(name, template.get(name))
    nics, others = _pci(template)
    found.add("VMS", "1")
    found.add("PCI_DEV", str(others))
    found.add("PCI_NIC", str(nics))
    size = sum(map(disks.system_size, template.vectors("DISK"))) + snapshots_size(template)
    found.add("SYSTEM_DISK_SIZE", str(size))
    return found


def add_running(found, template):
    """Adds the usage of a running VM to a quota template."""
    nics, others = _pci(template)
    found.add("RUNNING_VMS", "1")
    for name in _COUNTED:
        if template.get(name):
            found.add(f"RUNNING_{name}", template.get(name))
    found.add("RUNNING_PCI_DEV", str(others))
    found.add("RUNNING_PCI_NIC", str(nics))


def _pci(template):
    devices = template.vectors("PCI")
    nics = sum(pci.get("TYPE") == "NIC" for pci in devices)
    return nics, len(devices) - nics


def snapshots_size(template):
    """The usage of a VM's system snapshots in the system datastore."""
    return sum(integer(snapshot.get("SYSTEM_DISK_SIZE"), 64) or 0 for snapshot in template.vectors("SNAPSHOT"))


def of_vm(vm, always, running, skip_global=False):
    """The usage of a VM: in any state (`always`), and while it runs (`running`)."""
    found = basic(vm.spec) if always else Template.of(SYSTEM_DISK_SIZE="0")  # users beyond that limit cannot start VMs
    if running:
        add_running(found, vm.spec)
    if vm.history:
        found.add("CLUSTER_ID", str(vm.cluster_id))
    if skip_global:
        found.add("SKIP_GLOBAL_QUOTA", "YES")
    return found


def delta(vm=None, **amounts):
    """A quota template of some amounts; with a VM, for its cluster, too."""
    found = Template((name, str(amount)) for name, amount in amounts.items())
    if vm is not None and vm.history:
        found.add("CLUSTER_ID", str(vm.cluster_id))
    return found


def charge(cloud, vm, sort, template):
    quotas.charge(cloud, vm.uid, vm.gid, sort, template)


def add(cloud, vm, template, sort=quotas.VM):
    """Charges the owner regardless of limits."""
    quotas.add(cloud, vm.uid, vm.gid, sort, template)


def release(cloud, vm, template, sort=quotas.VM):
    quotas.release(cloud, vm.uid, vm.gid, sort, template)


def start_running(cloud, vm):
    add(cloud, vm, of_vm(vm, always=False, running=True))


def stop_running(cloud, vm):
    release(cloud, vm, of_vm(vm, always=False, running=True))


def move_cluster(cloud, vm, old, new):
    """Moves the usage of a VM from the quota of one cluster to that of another."""
    if old == new:
        return
    taken = of_vm(vm, always=True, running=vm.charged_as_running, skip_global=True)
    taken.set("CLUSTER_ID", str(old))
    release(cloud, vm, taken, quotas.VIRTUALMACHINE)
    taken.set("CLUSTER_ID", str(new))
    add(cloud, vm, taken)
