"""The calls on virtual networks, except those for leases and reservations."""

from onesim.api import generic
from onesim.api.dispatch import method
from onesim.errors import ActionError, AuthorizationError, InternalError
from onesim.kinds.group import check_vlans
from onesim.kinds.vnet.address_range import restricted_in
from onesim.kinds.vnet.network import (
    ERROR,
    INIT,
    KIND,
    LOCK_CREATE,
    LOCK_DELETE,
    NO_TEMPLATE,
    READY,
    STATES,
    UPDATE_FAILURE,
    forget,
    leases_quota,
)
from onesim.oned_conf import VNET_RESTRICTED
from onesim.rights import quotas
from onesim.rights.access import ADMIN, CREATE
from onesim.text.values import integer, unsigned

RECOVER_FAILURE, RECOVER_SUCCESS, RECOVER_DELETE, RECOVER_RETRY = range(4)


@method("one.vn.allocate", "si", kind=KIND, operation=CREATE)
def allocate(call, text, cluster_id):
    if cluster_id == generic.NO_CLUSTER:
        cluster_id = generic.DEFAULT_CLUSTER
    return generic.allocate(call, KIND, text, cluster_id, _check_template)


def _check_template(call, template):
    check_vlans(call, template)
    name = None if call.is_admin else VNET_RESTRICTED.first(template)
    if name:
        raise AuthorizationError(f"VNET Template includes a restricted attribute {name}")


@method("one.vn.update", "isi", defaults=(0,), kind=KIND)
def update(call, oid, text, append):
    vnet = generic.updatable(call, KIND, oid, append)
    check_vlans(call, generic.parsed_update(KIND, text), vnet.template_id)
    generic.update_template(call, vnet, text, append)
    return oid


def changeable(call, oid, text, operation=None):
    """The network and the template of a call that changes its addresses, once authorized and READY."""
    vnet = generic.reachable(call, KIND, oid, operation, check=lambda: generic.parsed(KIND, text))
    template = generic.parsed(KIND, text)
    if not vnet.is_settled:
        raise ActionError(f"Could not execute {call.method}Virtual Network is in wrong state: {STATES[vnet.state]}")
    return vnet, template


def range_operation(call, oid):
    """The right for adding and removing address ranges: ADMIN, except for networks from a template."""
    return ADMIN if call.cloud.get("NET", oid).template_id == NO_TEMPLATE else call.operation


@method("one.vn.add_ar", "is", kind=KIND)
def add_ar(call, oid, text):
    vnet, template = changeable(call, oid, text, range_operation(call, oid))
    for vector in [] if call.is_admin else template.vectors("AR"):
        if name := restricted_in(vector):
            raise AuthorizationError(f"AR includes a restricted attribute {name}")
    check_vlans(call, template, vnet.template_id)
    vector = template.vector("AR")
    if vector is None:
        raise InternalError("Wrong AR definition. AR vector attribute is missing.")
    vnet.add_range(vector)
    call.cloud.update(vnet)
    return oid


@method("one.vn.update_ar", "is", kind=KIND)
def update_ar(call, oid, text):
    vnet, template = changeable(call, oid, text)
    check_vlans(call, template, vnet.template_id)
    vector = template.vector("AR")
    if vector is None:
        raise InternalError("Wrong AR definition. AR vector attribute is missing.")
    ar_id = unsigned(vector.get("AR_ID"))
    if ar_id is None:
        raise InternalError("AR/AR_ID attribute is missing.")
    address_range = vnet.range(ar_id)
    if address_range is None:
        raise InternalError(f"Address Range with ID {ar_id} was not found.")
    changed = address_range.update(vector, keep_restricted=not call.is_admin)
    if changed:
        vnet.template.set("VNET_UPDATE", changed)
        vnet.commit_to(address_range.owners("VM"))
        if vnet.state == UPDATE_FAILURE:
            vnet.state = READY
        call.cloud.soon("vnet.push", oid)
    call.cloud.update(vnet)
    return oid


@method("one.vn.rm_ar", "iib", defaults=(False,), kind=KIND)
def rm_ar(call, oid, ar_id, force):
    return _remove_range(call, oid, ar_id, force, range_operation(call, oid))


@method("one.vn.free_ar", "ii", kind=KIND)
def free_ar(call, oid, ar_id):
    return _remove_range(call, oid, ar_id, False, call.operation)


def _remove_range(call, oid, ar_id, force, operation):
    vnet = generic.reachable(call, KIND, oid, operation)
    if not vnet.is_settled:
        raise ActionError(f"Could not remove Adress Range, Virtual Network is in wrong state: {STATES[vnet.state]}")
    address_range = vnet.range(ar_id)
    if address_range is None:
        raise InternalError("Address Range does not exist")
    if address_range.used and not force:
        raise InternalError("Address Range has leases in use")
    vnet.ranges.remove(address_range)
    call.cloud.update(vnet)
    parent = call.cloud.find("NET", vnet.parent)
    origin = parent.range(integer(address_range.vector.get("PARENT_NETWORK_AR_ID"))) if parent else None
    if origin:
        start = origin.index_of_mac(address_range.vector["MAC"], strict=False)
        freed = 0 if start is None else origin.release_run(start, address_range.size, "NET", oid)
        call.cloud.update(parent)
        quotas.release(call.cloud, vnet.uid, vnet.gid, quotas.NETWORK, leases_quota(parent.oid, freed))
    return oid


@method("one.vn.recover", "ii", kind=KIND)
def recover(call, oid, operation):
    """Recovers a network: failure (0), success (1), delete (2), retry of its update (3)."""
    if not RECOVER_FAILURE <= operation <= RECOVER_RETRY:
        raise ActionError("Wrong recovery operation code")
    vnet = generic.reachable(call, KIND, oid)
    possible, act, word = _RECOVERIES[operation]
    if vnet.state not in possible:
        raise InternalError(f"Could not perform 'recover {word}' on VN {oid}, wrong state {STATES[vnet.state]}.")
    act(call.cloud, vnet)
    return oid


def _recover_failure(cloud, vnet):
    vnet.state = ERROR
    vnet.set_error("Failure forced by user")
    cloud.update(vnet)


def _recover_success(cloud, vnet):
    vnet.template.erase("ERROR")
    if vnet.state == LOCK_DELETE:
        forget(cloud, vnet)
        return
    vnet.updated |= vnet.outdated
    vnet.outdated = set()
    vnet.state = READY
    cloud.update(vnet)


def _recover_retry(cloud, vnet):
    vnet.commit(recover=True)
    vnet.state = READY
    cloud.update(vnet)
    cloud.soon("vnet.push", vnet.oid)


_RECOVERIES = (
    ({INIT, LOCK_CREATE, LOCK_DELETE}, _recover_failure, "failure"),
    ({INIT, LOCK_CREATE, ERROR, LOCK_DELETE, UPDATE_FAILURE}, _recover_success, "success"),
    ({INIT, LOCK_CREATE, LOCK_DELETE, ERROR}, forget, "delete"),
    ({UPDATE_FAILURE}, _recover_retry, "retry"),
)
