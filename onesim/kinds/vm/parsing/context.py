"""The context of a VM: variables on a separate disk, which the guest reads when it boots."""

from onesim.errors import InternalError
from onesim.kinds.image import image as images
from onesim.kinds.vm.parsing.variables import files, network_attribute, substitute
from onesim.kinds.vm.parts import nics
from onesim.text.templates import vector_text
from onesim.text.values import yes

SEPARATOR = "@^_^@"  # between the items of a vector as one text
_NETWORK = (  # variable, attributes of the NIC, whether they can also come from its address range or network
    ("IP", ("IP",), False),
    ("MAC", ("MAC",), False),
    ("MASK", ("NETWORK_MASK",), True),
    ("NETWORK", ("NETWORK_ADDRESS",), True),
    ("GATEWAY", ("GATEWAY",), True),
    ("DNS", ("DNS",), True),
    ("SEARCH_DOMAIN", ("SEARCH_DOMAIN",), True),
    ("MTU", ("GUEST_MTU",), True),
    ("METRIC", ("METRIC",), True),
    ("METHOD", ("METHOD",), True),
    ("VLAN_ID", ("VLAN_ID",), True),
    ("VROUTER_IP", ("VROUTER_IP",), False),
    ("VROUTER_MANAGEMENT", ("VROUTER_MANAGEMENT",), False),
    ("EXTERNAL", ("EXTERNAL",), False),
    ("ROUTES", ("ROUTES",), True),
    ("IP6", ("IP6_GLOBAL", "IP6"), False),
    ("IP6_ULA", ("IP6_ULA",), False),
    ("IP6_GATEWAY", ("GATEWAY6",), True),
    ("IP6_METRIC", ("IP6_METRIC",), True),
    ("IP6_METHOD", ("IP6_METHOD",), True),
    ("IP6_PREFIX_LENGTH", ("PREFIX_LENGTH",), True),
    ("VROUTER_IP6", ("VROUTER_IP6_GLOBAL", "VROUTER_IP6"), False),
)
VROUTER_ATTRIBUTES = ("VROUTER_ID", "VROUTER_KEEPALIVED_ID", "VROUTER_KEEPALIVED_PASSWORD")


def build(cloud, vm, auto_nics):
    """Completes the context: replaces variables, adds networks and virtual router, finds files.

    `auto_nics` includes NICs whose network the scheduler chooses. Raises InternalError.
    """
    context = vm.context
    if context is None:
        return
    vm.spec.set("CONTEXT", context)  # replaces further ones
    wanted_files = context.pop("FILES_DS", "")
    _substitute(cloud, vm, context)
    _add_networks(cloud, vm, context, False)
    if auto_nics:
        _add_networks(cloud, vm, context, True)
    _add_pci(vm, context)
    if wanted_files:
        _add_files(cloud, vm, context, wanted_files)
    if yes(context.get("TOKEN")):
        _add_onegate(cloud, vm, context)
    context.update({name: vm.spec.get(name) for name in VROUTER_ATTRIBUTES if vm.spec.get(name)})


def _add_onegate(cloud, vm, context):
    """Adds the address at which the guest reports that it is ready."""
    if not cloud.onegate:
        raise InternalError("TOKEN set, but onegate endpoint was not defined in oned.conf.")
    context.update({"ONEGATE_ENDPOINT": cloud.onegate, "VMID": str(vm.oid)})
    vm.spec.set("CREATED_BY", str(vm.uid))


def refresh(cloud, vm):
    """Updates the context for a boot, or for a change of the NICs."""
    context = vm.context
    if context is None:
        return
    _add_networks(cloud, vm, context, False)
    _add_networks(cloud, vm, context, True)
    for disk in vm.spec.vectors("DISK"):
        if disk.get("TYPE") == "FILESYSTEM":
            for name in ("MOUNT_TAG", "MOUNT_POINT"):
                context[f"DISK{disk['DISK_ID']}_{name}"] = disk.get(name, "")


def _substitute(cloud, vm, context):
    if any("$" in value or "\\" in value for value in context.values()):
        text = substitute(cloud, vm, vector_text(context, SEPARATOR))
        context.clear()
        for item in text.split(SEPARATOR):
            name, equals, value = item.partition("=")
            if equals:
                context.setdefault(name, value)


def _add_networks(cloud, vm, context, auto):
    """Adds the variables of every NIC; the first time without NICs whose network is not chosen yet."""
    if not yes(context.get("NETWORK")):
        return
    for nic in [*vm.spec.vectors("NIC"), *vm.spec.vectors("NIC_ALIAS")]:
        if auto or nics.mode(nic) != "AUTO":
            context.update(_variables(cloud, vm, nic))


def prefix(nic):
    """The prefix of a NIC's variables."""
    if "PARENT_ID" in nic:
        return f"ETH{nic['PARENT_ID']}_ALIAS{nic.get('ALIAS_ID', '')}_"
    return f"ETH{nic['NIC_ID']}_"


def _variables(cloud, vm, nic):
    start, found = prefix(nic), {}
    for variable, names, has_fallback in _NETWORK:
        value = next((nic[name] for name in names if nic.get(name)), "")
        if not value and has_fallback:
            value = network_attribute(cloud, vm, names[0], "NIC_ID", nic["NIC_ID"])
        elif "$" in value or "\\" in value:
            value = substitute(cloud, vm, value)
        found[start + variable] = value
    return found


def forget_nic(context, nic):
    """Removes the variables of a NIC."""
    start = prefix(nic)
    for variable, _, _ in _NETWORK:
        context.pop(start + variable, None)


def _add_pci(vm, context):
    if not yes(context.get("NETWORK")):
        return
    for pci in vm.spec.vectors("PCI"):
        if pci.get("TYPE") == "NIC":
            for variable, names, _ in _NETWORK:
                value = next((pci[name] for name in names if pci.get(name)), "")
                if value:
                    context[f"PCI{pci['PCI_ID']}_{variable}"] = value


def _add_files(cloud, vm, context, text):
    found = files(cloud, vm, text)
    for image in found:
        if image.type != images.CONTEXT:
            raise InternalError("Only images of type CONTEXT can be used in FILE_DS attribute.")
        if image.state != images.READY:
            raise InternalError(f"{images.TYPES[image.type]} Image '{image.oid}' not in READY state.")
    if found:
        context["FILES_DS"] = "".join(f"{image.source}:'{image.name}' " for image in found)
