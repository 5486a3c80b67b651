"""Leases of networks: held and reserved addresses, and those of NICs of VMs and virtual routers."""

from onesim.api import generic
from onesim.api.dispatch import method
from onesim.cloud.clock import transition
from onesim.errors import ActionError, InternalError, NoExistsError
from onesim.kinds.vnet import addresses
from onesim.kinds.vnet.address_range import HELD
from onesim.kinds.vnet.calls import changeable
from onesim.kinds.vnet.network import KIND, NO_PARENT, UPDATE_FAILURE, leases_quota, new_vnet
from onesim.oned_conf import VNET_INHERITED
from onesim.rights import quotas
from onesim.rights.access import MANAGE, USE, authorize
from onesim.text.values import id_list, integer, join, unsigned, yes

ADDRESS_NAMES = ("MAC", "IP", "IP6")
UPDATED, UPDATING, FAILED = "updated", "updating", "failed"


def _lease_of(template):
    """(attribute name, address, range id or None) of a LEASES vector."""
    lease = template.vector("LEASES")
    if lease is None:
        raise InternalError("Empty lease description.")
    given = [name for name in ADDRESS_NAMES if lease.get(name)]
    if not given:
        raise InternalError("Missing MAC, IP or IP6.")
    if len(given) > 1:
        raise InternalError("Only one attribute MAC, IP or IP6 can be set.")
    return given[0], lease[given[0]], unsigned(lease.get("AR_ID"))


def _ranges(vnet, ar_id):
    return [ar for ar in vnet.ranges if ar_id is None or ar.oid == ar_id]


@method("one.vn.hold", "is", kind=KIND)
def hold(call, oid, text):
    """Holds a free address."""
    vnet, template = changeable(call, oid, text)
    name, address, ar_id = _lease_of(template)
    held = False
    for ar in _ranges(vnet, ar_id):
        index = None if ar.shared and name == "MAC" else ar.index_of(name, address)
        if index is not None and index not in ar.allocated:
            ar.lease(index, "VM", HELD)
            held = True
    if not held:
        raise InternalError("Address is not part of the address range or in use.")
    call.cloud.update(vnet)
    return oid


@method("one.vn.release", "is", kind=KIND)
def release(call, oid, text):
    """Releases a held address; any other address is not changed."""
    vnet, template = changeable(call, oid, text)
    name, address, ar_id = _lease_of(template)
    for ar in _ranges(vnet, ar_id):
        index = ar.index_of(name, address, strict=False)
        if index is not None:
            ar.release(index, "VM", HELD)
    call.cloud.update(vnet)
    return oid


@method("one.vn.reserve", "is", kind=KIND)
def reserve(call, oid, text):
    """Reserves addresses as a new or an existing network; returns its number."""
    template = generic.parsed(KIND, text, ActionError)
    size = template.integer("SIZE")
    if size is None or size <= 0:
        raise ActionError("Reservation SIZE must be a greater than 0")
    target = _existing_reservation(call, oid, template.integer("NETWORK_ID"))
    name = template.get("NAME")
    if not name and target is None:
        raise ActionError("NAME for reservation has to be set")
    where = _reserved_place(template)
    parent = _reservable(call, oid, target)
    reservation = target or _new_reservation(call, parent, name)
    charge = leases_quota(oid, size)
    try:
        quotas.charge(call.cloud, reservation.uid, reservation.gid, quotas.NETWORK, charge)
        try:
            carved = _carve(parent, reservation, size, *where)
        except ActionError:
            quotas.release(call.cloud, reservation.uid, reservation.gid, quotas.NETWORK, charge)
            raise
    except Exception:
        if target is None:
            call.cloud.drop(reservation)
        raise
    reservation.ranges.append(carved)
    call.cloud.update(parent)
    call.cloud.update(reservation)
    if target is None:
        join_clusters(call.cloud, reservation)
    return reservation.oid


def _existing_reservation(call, oid, target_id):
    """The reservation that is to be extended, or None."""
    if target_id is None:
        return None
    if target_id < 0:
        raise ActionError("NETWORK_ID must be equal or greater than 0")
    if target_id == oid:
        raise ActionError("Cannot add a reservation from the same network")
    target = call.cloud.get("NET", target_id)
    if not target.reserved:
        raise ActionError("Cannot add reservations to a non-reservation VNET")
    if target.parent != oid:
        raise ActionError(f"New reservations for virtual network {target_id} have to be from network {target.parent}")
    return target


def _reserved_place(template):
    """(range id or None, attribute name or None, first address) of a requested reservation."""
    ar_id = template.integer("AR_ID")
    if ar_id is not None and ar_id < 0:
        raise ActionError("AR_ID must be equal or greater than 0")
    name = next((name for name in ("IP", "IP6", "MAC") if template.get(name)), None)
    if ar_id is None and name:
        raise ActionError("AR_ID must be specified for IP/MAC based reservations")
    return ar_id, name, template.get(name) if name else ""


def _reservable(call, oid, target):
    """The network to reserve from, once the caller is authorized."""
    parent = call.cloud.find("NET", oid)
    if parent is None:
        raise NoExistsError
    if parent.reserved:
        raise ActionError("Cannot reserve addresses from a reserved VNET")
    authorize(call, (USE, parent), *([(MANAGE, target)] if target else []))
    return parent


def _new_reservation(call, parent, name):
    template = parent.template.copy()
    for vlan, attribute in ((parent.vlan_id, "VLAN_ID"), (parent.outer_vlan_id, "OUTER_VLAN_ID")):
        template.set(attribute, vlan) if vlan else template.set(f"AUTOMATIC_{attribute}", "NO")
    template.set("NAME", name)
    return new_vnet(call, template, set(parent.clusters), parent=parent.oid)


def join_clusters(cloud, vnet):
    for cluster_id in vnet.clusters:
        cluster = cloud.find("CLUSTER", cluster_id)
        if cluster:
            cluster.members["VNETS"].add(vnet.oid)
            cloud.update(cluster)


def _carve(parent, reservation, size, ar_id, name, address):
    """A range of the reservation from one of its parent's."""
    for ar in _ranges(parent, ar_id):
        start = _place(ar, size, name, address)
        if start is not None:
            return ar.reserve(start, size, reservation.next_range_id(), reservation.oid)
    if ar_id is None:
        raise ActionError("Not enough free addresses in an address range")
    raise ActionError(f"Not enough free addresses in address range {ar_id}, or it does not exist")


def _place(ar, size, name, address):
    """Where a range has that many free addresses; None if it has not (or not at the requested address)."""
    if ar.shared:
        return None
    if not name:
        return ar.free_run(size) if ar.size - ar.used >= size else None
    start = ar.index_of(name, address)
    if start is None or any(index in ar.allocated for index in range(start, start + size)):
        return None
    return start


def network_of_nic(cloud, nic, uid):
    """The network of a NIC, by ID or by name; None without one. Raises InternalError for an unknown one.

    A name without owner (NETWORK_UNAME, NETWORK_UID) is that of one of the user's own networks.
    """
    if nic.get("NETWORK_ID"):
        oid = integer(nic["NETWORK_ID"])
        vnet = cloud.find("NET", oid) if oid is not None else None
        if vnet is None:
            raise InternalError(f"Virtual network with ID: {nic['NETWORK_ID']} does not exist")
        return vnet
    if not nic.get("NETWORK"):
        return None
    owner = owner_named(cloud, nic, "NETWORK", uid)
    vnet = cloud.pool("NET").named(nic["NETWORK"], owner)
    if vnet is None:
        raise InternalError(
            f"User {owner} does not own a network with name: {nic['NETWORK']} ."
            " Set NETWORK_UNAME or NETWORK_UID of owner in NIC."
        )
    return vnet


def owner_named(cloud, vector, prefix, uid):
    """The owner in the attributes of a NIC or disk: <prefix>_UID, <prefix>_UNAME, or `uid`."""
    if vector.get(f"{prefix}_UID"):
        owner = integer(vector[f"{prefix}_UID"])
        if owner is None:
            raise InternalError(f"Cannot get user in {prefix}_UID")
        return owner
    if vector.get(f"{prefix}_UNAME"):
        user = cloud.pool("USER").named(vector[f"{prefix}_UNAME"])
        if user is None:
            raise InternalError(f"User set in {prefix}_UNAME does not exist")
        return user.oid
    return uid


def lease_vm_nic(cloud, vnet, nic, vm_id):
    """Fills a VM's NIC with attributes of its network and leases an address; raises InternalError if there is none."""
    nic["NETWORK"], nic["NETWORK_ID"], nic["BRIDGE"] = vnet.name, str(vnet.oid), vnet.bridge
    parent = str(vnet.parent) if vnet.parent != NO_PARENT else ""
    for name, value in (
        ("VN_MAD", vnet.driver),
        ("PHYDEV", vnet.phydev),
        ("VLAN_ID", vnet.vlan_id),
        ("OUTER_VLAN_ID", vnet.outer_vlan_id),
        ("PARENT_NETWORK_ID", parent),
        ("BRIDGE_TYPE", vnet.bridge_type),
    ):
        if value:
            nic[name] = value
    if not nic.get("TARGET"):
        nic["TARGET"] = f"one-{vm_id}-{nic.get('NIC_ID', '')}"
    nic["CLUSTER_ID"] = join(vnet.clusters)
    if yes(nic.get("FLOATING_IP")) and yes(nic.get("FLOATING_ONLY")):
        _floating_only(nic)
    else:
        _lease(vnet, nic, "VM", vm_id)
    _inherit(nic, {name: vnet.template.get(name) for name in VNET_INHERITED})
    for vector in (vnet.template.vector(name) for name in VNET_INHERITED):
        _inherit(nic, vector or {})
    ar = vnet.range(integer(nic.get("AR_ID"))) if nic.get("AR_ID") else None
    groups = id_list(nic.get("SECURITY_GROUPS")) | vnet.security_groups | (ar.security_groups if ar else set())
    nic["SECURITY_GROUPS"] = join(groups)
    vnet.updated.add(vm_id)
    cloud.update(vnet)


def lease_vrouter_nic(cloud, vnet, nic, vrouter_id):
    """Fills a virtual router's NIC, and leases its floating address if it has one."""
    nic["NETWORK"], nic["NETWORK_ID"] = vnet.name, str(vnet.oid)
    if yes(nic.get("FLOATING_IP")):
        _lease(vnet, nic, "VROUTER", vrouter_id)
    vnet.vrouters.add(vrouter_id)
    cloud.update(vnet)


def _floating_only(nic):
    nic["MAC"] = addresses.write_mac(addresses.random_mac())
    for name in ("IP", "IP6_LINK", "IP6_ULA", "IP6_GLOBAL"):
        nic.pop(name, None)


def _inherit(nic, values):
    for name, value in values.items():
        if value and not nic.get(name):
            nic[name] = value


def _lease(vnet, nic, owner, oid):
    """Leases the requested address of a NIC, or the next free one."""
    refusal = InternalError(f"Cannot get IP/MAC lease from virtual network {vnet.oid}.")
    given = [name for name in ADDRESS_NAMES if nic.get(name)]
    if len(given) > 1:
        raise refusal
    for ar in vnet.ranges:
        index = _index_for(ar, given[0], nic[given[0]]) if given else _next_index(ar)
        if index is not None:
            _take(ar, index, nic, owner, oid)
            return
    raise refusal


def _index_for(ar, name, address):
    if ar.shared and name == "MAC":
        return None
    index = ar.index_of(name, address)
    return index if ar.shared or index not in ar.allocated else None


def _next_index(ar):
    return None if ar.shared else ar.free_run(1)


def _take(ar, index, nic, owner, oid):
    if ar.shared:
        nic["MAC"] = addresses.write_mac(addresses.random_mac())
        nic["SHARED"] = "YES"
    nic.update(ar.address(index))
    nic["AR_ID"] = str(ar.oid)
    for name in ("VN_MAD", "BRIDGE", "PHYDEV", "VLAN_ID"):
        if ar.vector.get(name):
            nic[name] = ar.vector[name]
    _inherit(nic, {name: ar.vector.get(name) for name in VNET_INHERITED})
    ar.lease(index, owner, oid)


def release_nic(cloud, nic, owner, oid):
    """Releases the address of a NIC of a VM or VROUTER."""
    vnet = cloud.find("NET", integer(nic.get("NETWORK_ID"))) if nic.get("NETWORK_ID") else None
    if vnet is None:
        return
    name = next((n for n in ("IP", "IP6") if nic.get(n)), None) if yes(nic.get("SHARED")) else "MAC"
    key = "VROUTER_MAC" if name == "MAC" and owner == "VROUTER" else name
    for ar in _ranges(vnet, integer(nic.get("AR_ID"))):
        index = ar.index_of(name, nic[key], strict=False) if key and nic.get(key) else None
        if index is not None:
            ar.release(index, owner, oid)
    if owner == "VM":
        vnet.forget_vm(oid)
    else:
        vnet.vrouters.discard(oid)
    cloud.update(vnet)


@transition("vnet.push")
def _push(cloud, oid):
    """Updates the remaining VMs with a change of the network, one by one.

    The VM kind returns the result of each: UPDATED, FAILED, or UPDATING, and then calls `pushed` when it has finished.
    """
    vnet = cloud.find("NET", oid)
    while vnet is not None and vnet.outdated:
        vm_id = min(vnet.outdated)
        vnet.outdated.discard(vm_id)
        if "VM" not in cloud.kinds or cloud.find("VM", vm_id) is None:
            continue
        outcome = cloud.kinds["VM"].network_changed(cloud, vm_id, vnet)
        {UPDATED: vnet.updated, UPDATING: vnet.updating, FAILED: vnet.failed}[outcome].add(vm_id)
        cloud.update(vnet)
        if outcome == UPDATING:
            return
    if vnet is not None:
        vnet.template.erase("VNET_UPDATE")
        cloud.update(vnet)


def pushed(cloud, oid, vm_id, succeeded):
    """A running VM has applied a change of the network, or not; continues with the next VM."""
    vnet = cloud.find("NET", oid)
    if vnet is None:
        return
    vnet.updating.discard(vm_id)
    (vnet.updated if succeeded else vnet.failed).add(vm_id)
    if not succeeded:
        vnet.state = UPDATE_FAILURE
    cloud.update(vnet)
    cloud.soon("vnet.push", oid)


def changed_nic(vnet, nic):
    """Applies the change of a network to a NIC with the old values; {name: old value}, empty without a change."""
    changes = vnet.template.vector("VNET_UPDATE") or {}
    ar = vnet.range(integer(nic.get("AR_ID"))) if nic.get("AR_ID") else None
    touched = {name: old for name, old in changes.items() if name not in nic or nic[name] == old}
    for name in touched:
        new = ar.vector.get(name) if ar else None
        if new is None:
            new = vnet.template.get(name, None)
        if new is None:
            nic.pop(name, None)
        else:
            nic[name] = new
    return touched
