"""The NICs of VMs."""

from onesim.access import USE, USE_NO_LOCK
from onesim.errors import InternalError
from onesim.kinds.vnet_leases import network_of_nic
from onesim.values import id_list


def mode(nic):
    """How a NIC comes to its network: AUTO (the scheduler picks one), DUMMY (none), or otherwise by being told."""
    return nic.get("NETWORK_MODE", "").upper()


def needs(cloud, template, uid, check_lock=True):
    """The (operation, network or security group) that using the NICs of a template takes; notes networks' ids."""
    operation = USE if check_lock else USE_NO_LOCK
    for nic in [*template.vectors("NIC"), *template.vectors("NIC_ALIAS"), *_pci_nics(template)]:
        yield from nic_needs(cloud, nic, uid, operation)


def _pci_nics(template):
    return [pci for pci in template.vectors("PCI") if pci.get("TYPE") == "NIC"]


def nic_needs(cloud, nic, uid, operation=USE):
    if mode(nic) == "AUTO":
        return
    groups = id_list(nic.get("SECURITY_GROUPS"))
    vnet = None if mode(nic) == "DUMMY" else _network(cloud, nic, uid)
    if vnet:
        nic["NETWORK_ID"] = str(vnet.oid)
        groups = groups | vnet.security_groups
        yield operation, vnet
    for oid in sorted(groups):
        group = cloud.find("SECGROUP", oid)
        if group:
            yield operation, group


def _network(cloud, nic, uid):
    try:
        return network_of_nic(cloud, nic, uid)
    except InternalError:
        return None
