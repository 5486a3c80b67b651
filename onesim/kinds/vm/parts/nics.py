"""The NICs of VMs: their networks, addresses, aliases, and the rules of their security groups."""

import itertools
import re

from onesim.errors import InternalError
from onesim.kinds.vnet import addresses, leases
from onesim.rights.access import USE, USE_NO_LOCK
from onesim.text.values import id_list, integer, join

_OWN_NAMES = re.compile(r"NIC\d+(_ALIAS\d+)?", re.ASCII)
_RULE_FROM_RANGE = ("AR_ID", "TYPE", "SIZE", "MAC", "IP", "IP6")


def mode(nic):
    """How the network of a NIC is chosen: AUTO (by the scheduler), DUMMY (none), or by the NIC itself."""
    return nic.get("NETWORK_MODE", "").upper()


def is_alias(nic):
    return "PARENT_ID" in nic


def pci_nics(template):
    return [pci for pci in template.vectors("PCI") if pci.get("TYPE") == "NIC"]


# --- authorization


def needs(cloud, template, uid, check_lock=True):
    """The (operation, network or security group) for using the NICs of a template; stores networks' IDs."""
    operation = USE if check_lock else USE_NO_LOCK
    for nic in [*template.vectors("NIC"), *template.vectors("NIC_ALIAS"), *pci_nics(template)]:
        yield from nic_needs(cloud, nic, uid, operation)


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
        return leases.network_of_nic(cloud, nic, uid)
    except InternalError:
        return None


# --- leases


def lease_all(cloud, vm):
    """Leases addresses for all NICs of a new VM; after an InternalError, addresses leased before are still held."""
    spec, aliases = vm.spec, vm.spec.vectors("NIC_ALIAS")
    ids, by_name, groups = itertools.count(), {}, set()
    for nic in spec.vectors("NIC"):
        _set_up(cloud, vm, nic, next(ids), by_name, groups)
    for alias in aliases:
        if mode(alias) in ("AUTO", "DUMMY"):
            raise InternalError(f"Alias is incompatible with mode {mode(alias)}")
    for nic in pci_nics(spec):
        _set_up(cloud, vm, nic, next(ids), by_name, groups)
    for nic_id, alias in zip(ids, aliases, strict=False):
        parent = by_name.get(alias.get("PARENT", ""))
        if parent is None:
            raise InternalError(f"NIC named {alias.get('PARENT', '')} not found for alias")
        _adopt(parent, alias, nic_id)
        alias["NIC_ID"] = str(nic_id)
        lease(cloud, vm, alias)
        _set_name(alias, f"NIC{parent['NIC_ID']}_ALIAS{nic_id}")
    add_rules(cloud, vm, groups)


def _set_up(cloud, vm, nic, nic_id, by_name, groups):
    """Gives a new NIC its name and, unless it gets one later or never, its address; adds its groups."""
    nic["NIC_ID"] = str(nic_id)
    if mode(nic) != "AUTO":
        _merge_defaults(vm, nic)
    if mode(nic) == "DUMMY":
        draw_mac(nic)
    elif mode(nic) != "AUTO":
        lease(cloud, vm, nic)
        groups |= id_list(nic.get("SECURITY_GROUPS"))
    _set_name(nic, f"NIC{nic_id}")
    if mode(nic) not in ("AUTO", "DUMMY"):
        by_name.setdefault(nic["NAME"], nic)


def _merge_defaults(vm, nic):
    for name, value in (vm.spec.vector("NIC_DEFAULT") or {}).items():
        nic.setdefault(name, value)


def draw_mac(nic):
    """A NIC without a network also needs a MAC."""
    if not nic.get("MAC"):
        nic["MAC"] = addresses.write_mac(addresses.random_mac())


def _set_name(nic, default):
    """Given names must not look like generated ones."""
    name = nic.get("NAME", "")
    nic["NAME"] = (f"_{name}" if _OWN_NAMES.fullmatch(name) else name) or default


def _adopt(parent, alias, nic_id):
    """Makes a NIC the next alias of another one."""
    present = [number for number in parent.get("ALIAS_IDS", "").split(",") if number]
    alias["PARENT_ID"], alias["ALIAS_ID"] = parent["NIC_ID"], str(len(present))
    parent["ALIAS_IDS"] = ",".join([*present, str(nic_id)])


def lease(cloud, vm, nic):
    """Finds the network of a NIC, if it names one, and leases an address; raises InternalError."""
    vnet = leases.network_of_nic(cloud, nic, vm.uid)
    if vnet is not None:
        leases.lease_vm_nic(cloud, vnet, nic, vm.oid)


def lease_auto(cloud, vm, networks):
    """Leases addresses for the NICs for which the scheduler has chosen networks (NIC_ID -> network id)."""
    groups = set()
    for nic in vm.nics:
        network_id = networks.get(integer(nic["NIC_ID"]))
        if mode(nic) == "AUTO" and network_id is not None and not nic.get("NETWORK_ID"):
            nic["NETWORK_ID"] = str(network_id)
            _merge_defaults(vm, nic)
            lease(cloud, vm, nic)
            groups |= id_list(nic.get("SECURITY_GROUPS"))
    add_rules(cloud, vm, groups)


def release(cloud, vm, nic):
    """Releases the address of a NIC."""
    if mode(nic) != "DUMMY":
        leases.release_nic(cloud, nic, "VM", vm.oid)


def release_all(cloud, vm):
    """Releases all addresses, and leaves the security groups."""
    for oid in security_groups(vm):
        leave_group(cloud, vm, oid)
    for nic in vm.nics:
        release(cloud, vm, nic)


# --- attaching and detaching


def attach(cloud, vm, name, nic):
    """Adds a NIC (a vector of that name) to a VM, with an address; it has ATTACH until the driver has finished."""
    _check_pci(vm, name, nic)
    nic_id = max((integer(other["NIC_ID"]) for other in vm.nics), default=-1) + 1
    parent = None
    if name == "NIC_ALIAS":
        parent = next((other for other in vm.nics if other.get("NAME", "") == nic.get("PARENT", "")), None)
        if parent is None:
            raise InternalError("Alias not found.")
        _set_name(nic, f"NIC{parent['NIC_ID']}_ALIAS{nic_id}")
    else:
        _set_name(nic, f"NIC{nic_id}")
    _merge_defaults(vm, nic)
    nic["ATTACH"], nic["NIC_ID"] = "YES", str(nic_id)
    if mode(nic) == "DUMMY":
        draw_mac(nic)
    else:
        lease(cloud, vm, nic)
    if "CLUSTER_ID" in nic and vm.cluster_id not in id_list(nic["CLUSTER_ID"]):
        release(cloud, vm, nic)
        raise InternalError(f"Virtual network is not part of cluster [{vm.cluster_id}]")
    if parent is None:
        add_rules(cloud, vm, id_list(nic.get("SECURITY_GROUPS")) - security_groups(vm))
    else:
        _attach_alias(vm, parent, nic)
    vm.spec.add(name, nic)


def _check_pci(vm, name, nic):
    if name == "PCI":
        if nic.get("ROOT"):
            nic["ROOT"] = nic["ROOT"].lower()
            if nic["ROOT"] not in ("shared", "dedicated"):
                raise InternalError("Unknown PCI root mode, has to be SHARED or DEDICATED")
            if nic["ROOT"] == "dedicated":
                raise InternalError("Dedicated PCI devices cannot be hotplug")
        nic["PCI_ID"] = str(max((integer(pci.get("PCI_ID")) or 0 for pci in vm.spec.vectors("PCI")), default=-1) + 1)


def _attach_alias(vm, parent, nic):
    """The new alias gets the number after the highest of all aliases, unless it is the first of its NIC."""
    highest = max((integer(other.get("ALIAS_ID")) or 0 for other in vm.spec.vectors("NIC_ALIAS")), default=-1)
    present = parent.get("ALIAS_IDS", "")
    nic["PARENT_ID"], nic["ALIAS_ID"] = parent["NIC_ID"], str(highest + 1 if present else 0)
    parent["ALIAS_IDS"] = f"{present},{nic['NIC_ID']}" if present else nic["NIC_ID"]


def mark_detached(vm, nic):
    """Marks a NIC as being detached; an alias no longer counts for its NIC."""
    nic["ATTACH"] = "YES"
    if is_alias(nic):
        parent = vm.nic(integer(nic["PARENT_ID"]))
        others = [number for number in parent.get("ALIAS_IDS", "").split(",") if number not in ("", nic["NIC_ID"])]
        parent["ALIAS_IDS"] = ",".join(others)


def attached(vm):
    """The NIC that is being attached or detached, or None."""
    return next((nic for nic in vm.nics if nic.get("ATTACH") == "YES"), None)


def remove_attached(cloud, vm):
    """Removes the marked NIC, with its aliases; returns (name, vector) of all removed ones.

    The VM leaves the security groups of the NIC, except those of its aliases.
    """
    nic = attached(vm)
    if nic is None:
        return []
    before = security_groups(vm)
    aliases = [] if is_alias(nic) else [vm.nic(oid) for oid in sorted(id_list(nic.get("ALIAS_IDS")))]
    gone = [(_name_of(vm, vector), vector) for vector in [nic, *filter(None, aliases)]]
    if is_alias(nic):
        mark_detached(vm, nic)
    for name, vector in gone:
        release(cloud, vm, vector)
        vm.spec.remove(name, vector)
    vm.outlasting_nics = [vector for _, vector in gone[1:]]
    left = security_groups(vm).union(*(id_list(vector.get("SECURITY_GROUPS")) for vector in vm.outlasting_nics))
    for oid in before - left:
        remove_rules(vm, oid)
        leave_group(cloud, vm, oid)
    return gone


def _name_of(vm, vector):
    return next(name for name in ("NIC", "NIC_ALIAS", "PCI") if any(v is vector for v in vm.spec.vectors(name)))


# --- security groups


def security_groups(vm):
    """The numbers of the groups of all NICs."""
    return set().union(*(id_list(nic.get("SECURITY_GROUPS")) for nic in vm.nics))


def add_rules(cloud, vm, groups):
    """Joins security groups, and adds their rules to the VM."""
    for oid in sorted(groups):
        group = cloud.find("SECGROUP", oid)
        if group is not None:
            group.add_vm(vm.oid)
            cloud.update(group)
            take_rules(cloud, vm, group)


def take_rules(cloud, vm, group):
    """Adds the rules of a group to a VM: rules about a network once for each of its address ranges."""
    mark = {"SECURITY_GROUP_ID": str(group.oid), "SECURITY_GROUP_NAME": group.name}
    for rule in group.template.vectors("RULE"):
        network_id = integer(rule.get("NETWORK_ID"))
        vnet = cloud.find("NET", network_id) if network_id is not None else None
        if network_id is None:
            vm.spec.add("SECURITY_GROUP_RULE", {**rule, **mark})
        for ar in vnet.ranges if vnet else ():
            facts = {name: ar.vector[name] for name in _RULE_FROM_RANGE if ar.vector.get(name)}
            facts.update({name: value for name, value in ar.address(0).items() if name in ("IP6_ULA", "IP6_GLOBAL")})
            vm.spec.add("SECURITY_GROUP_RULE", {**rule, **mark, **facts})


def remove_rules(vm, oid):
    """Removes the rules of a group from a VM."""
    left = [rule for rule in vm.spec.vectors("SECURITY_GROUP_RULE") if rule.get("SECURITY_GROUP_ID") != str(oid)]
    vm.spec.erase("SECURITY_GROUP_RULE")
    for rule in left:
        vm.spec.add("SECURITY_GROUP_RULE", rule)


def leave_group(cloud, vm, oid):
    group = cloud.find("SECGROUP", oid)
    if group is not None:
        group.remove_vm(vm.oid)
        cloud.update(group)


def change_group(nic, oid, member):
    """Adds a NIC to a security group, or removes it."""
    groups = id_list(nic.get("SECURITY_GROUPS"))
    nic["SECURITY_GROUPS"] = join(groups | {oid} if member else groups - {oid})
