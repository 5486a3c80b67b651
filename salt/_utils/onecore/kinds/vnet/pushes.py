"""Changes of a network that OpenNebula pushes to running VMs: written when no VM is busy, and verified afterwards.

OpenNebula updates one VM after the other, and skips VMs that are neither running nor powered off, such as one that
boots or that is being updated for another network. A skipped VM stays on the old VLAN, although the network is READY
(LifeCycleActions.cc, release 7.4.0). If the driver of a VM fails, the network is in UPDATE_FAILURE, and a recover call
pushes the change to these VMs again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial

from ...basics.errors import OneError, SettleError
from ...basics.plan import Change, Order
from ...cloud import states, vm_states
from ...cloud.directory import NETWORKS, VMS
from ...cloud.naming import listed
from ...cloud.procedure import Moment, Procedure, Turn, Wait, completed
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...cloud.waiting import settled
from ...model.hearing import await_idle
from ...model.kind import Writer

#: The attributes that link a NIC to its network.
LINK = ("VLAN_ID", "OUTER_VLAN_ID", "PHYDEV")
#: Other attributes that OpenNebula pushes to running VMs (VirtualNetwork.cc, release 7.4.0), and that have no argument.
LIVE: tuple[str, ...] = ("QINQ_TYPE", "CVLANS", "VLAN_TAGGED_ID", "SPOOFCHK", "TRUST")
LIVE += tuple(f"{way}BOUND_{what}" for way in ("IN", "OUT") for what in ("AVG_BW", "PEAK_BW", "PEAK_KB"))
_PUSHED = (*LINK, "MTU", *LIVE)
#: The lists of VMs in a network.
_LISTS = ("UPDATED_VMS", "OUTDATED_VMS", "UPDATING_VMS", "ERROR_VMS")


def pushed(write: Writer, reaches: Callable[[Change], bool], left: Callable[[Order, Resource], list[Change]]) -> Writer:
    """A writer that ends when all VMs on the network are updated; returns the network read afterwards.

    reaches
        Whether OpenNebula pushes a change to VMs.
    left
        Returns the remaining changes, given the current network.
    """

    def push(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> Procedure:
        if not any(map(reaches, changes)):
            return (yield from completed(write(cloud, resource, changes, order)))

        def make(now: Resource) -> Procedure:
            due = changes if now is resource else _due(changes, left(order, now))
            if due:
                yield from completed(write(cloud, now, due, order))

        return (yield from _push_and_wait(cloud, resource, make, _is_missed))

    return push


def push_again(cloud: Cloud, resource: Resource, call: Callable[[], None]) -> Procedure:
    """Make a call with which a network in UPDATE_FAILURE pushes the change to its VMs again; returns the updated
    network.

    OpenNebula stores the pending update in the VM, once for all networks, and removes it when one of them has been
    applied. A VM without it would get no update, and count as updated. A VM with an update of several networks would
    get only one of them.
    """

    def again(now: Resource) -> Procedure:
        cloud.refresh_known(VMS, now.ids("ERROR_VMS"))
        lost = not_pushable_again(cloud, now.id)
        if lost:
            vms = listed(VMS, lost, cloud.pool(VMS).by_id)
            raise SettleError(f"OpenNebula does not send the change to {vms} again; attach its NIC again")
        call()
        yield from ()

    return _push_and_wait(cloud, resource, again, lambda vm, before, now: True, anyway=True)


def _due(changes: list[Change], left: list[Change]) -> list[Change]:
    """The changes that are left: an earlier call may have taken effect since."""
    paths = {(change.writer, change.path) for change in changes}
    return [change for change in left if (change.writer, change.path) in paths]


def _push_and_wait(
    cloud: Cloud,
    resource: Resource,
    make: Callable[[Resource], Procedure],
    is_missed: Callable[[Resource, Resource, Resource], bool],
    anyway: bool = False,
) -> Procedure:
    """Change a network and wait until its VMs are updated; raises SettleError for those that are not.

    is_missed
        Whether a VM that OpenNebula skipped lacks the change, given the network before and now.
    anyway
        Whether to ignore VMs whose driver failed to apply a change of another network.
    """
    turn, before = Turn("push", "another network's VMs to be updated"), resource
    for last in (False, True):
        with (yield turn):
            before = yield from _ready(cloud, resource)
            wanting = [] if anyway else list(_failed_elsewhere(cloud, before))
            if not wanting:
                now = yield from _made(cloud, before, make)
                break
        if last:
            raise SettleError(f"nothing was changed, because {' and '.join(wanting)}: apply that change first")
        # Another procedure of this run may be about to do that.
        yield Moment(1, "another network's VMs to be updated again")
    if now is None:
        return None
    _refuse_outdated(cloud, now, [vm for vm in _missing(cloud, now) if is_missed(vm, before, now)])
    return now


def _ready(cloud: Cloud, resource: Resource) -> Procedure:
    """Wait until a network can push a change to its VMs; returns the network read afterwards."""
    yield from _await_other_pushes(cloud, resource)
    if not _vms(resource):
        return resource
    # Read again: VMs or changes may have been added since the pools were read.
    now = (yield _end_of(resource)) or resource
    yield from await_idle(cloud, _vms(now), vm_states.misses_network_updates)
    return now


def _made(cloud: Cloud, before: Resource, make: Callable[[Resource], Procedure]) -> Procedure:
    """Carry out a procedure; returns the network when its VMs are updated."""
    its_end = replace(_end_of(before), until=partial(_has_pushed, cloud, set(_vms(before))))
    try:
        yield from make(before)
    except OneError:
        # The call may have taken effect all the same, and the next one must wait until the update is over.
        with suppress(OneError):
            yield its_end
        raise
    now = yield its_end
    if now is not None and now.ids("ERROR_VMS"):
        # A VM that was being updated has the change once that update is over.
        with suppress(SettleError):
            yield from await_idle(cloud, now.ids("ERROR_VMS"), vm_states.changes_nics)
    return now


def _end_of(network: Resource) -> Wait:
    subject = NETWORKS.describe(network.name, network.owner)
    return settled(NETWORKS, network.id, subject, what="its VMs to be updated", owner=network.owner)


def _has_pushed(cloud: Cloud, known: set[int], network: Resource | None) -> bool:
    """Whether a network has updated these VMs, or failed to. During a repeated update, its state is READY."""
    if network is None:
        return True
    if NETWORKS.is_busy(network) or network.ids("OUTDATED_VMS") or network.ids("UPDATING_VMS"):
        return False
    # A VM that moves from one list to another is in none for a moment, and so is one that was terminated.
    lost = known.difference(_vms(network))
    cloud.refresh_known(VMS, lost)
    found = (cloud.pool(VMS).by_id.get(vm) for vm in lost)
    return not any(True for vm in found if vm is not None for _ in _nics(vm, network.id))


def _failed_elsewhere(cloud: Cloud, network: Resource) -> Iterator[str]:
    """The reasons why VMs of a network cannot be updated: their driver failed to apply a change of another network."""
    for each in _failed_networks(cloud, network):
        failed = set(each.ids("ERROR_VMS")).intersection(_vms(network))
        if failed:
            vms, other = listed(VMS, failed, cloud.pool(VMS).by_id), NETWORKS.describe(each.name, each.owner)
            yield f"the driver of {vms} failed to apply a change of {other}"


def _failed_networks(cloud: Cloud, but: Resource) -> Iterator[Resource]:
    """Other networks with VMs whose driver has failed."""
    return (each for each in cloud.pool(NETWORKS) if each.id != but.id and each.state == states.UPDATE_FAILURE)


def not_pushable_again(cloud: Cloud, number: int) -> list[int]:
    """The VMs of a network in UPDATE_FAILURE that a repeated push would not update correctly."""
    network = cloud.pool(NETWORKS).by_id.get(number)
    if network is None or network.state != states.UPDATE_FAILURE:
        return []
    elsewhere = {vm for each in _failed_networks(cloud, network) for vm in each.ids("ERROR_VMS")}
    known = cloud.pool(VMS).by_id
    return [vm for vm in network.ids("ERROR_VMS") if vm in elsewhere or not _has_pending_update(known.get(vm))]


def _missing(cloud: Cloud, now: Resource) -> list[Resource]:
    """The existing VMs that are not updated."""
    cloud.refresh_known(VMS, _vms(now))
    known = cloud.pool(VMS).by_id if now.ids("ERROR_VMS") else {}
    return [known[vm] for vm in now.ids("ERROR_VMS") if vm in known]


def _refuse_outdated(cloud: Cloud, now: Resource, missed: list[Resource]) -> None:
    """Raise SettleError if VMs are not updated."""
    if NETWORKS.is_broken(now):
        failed = _missing(cloud, now)
        reasons = [cloud.read(VMS, vm.id).error for vm in failed]
        why = next((f": {reason.rstrip('.')}" for reason in reasons if reason), "")
        vms = listed(VMS, now.ids("ERROR_VMS"), cloud.pool(VMS).by_id)
        raise SettleError(f"the driver of {vms} failed to apply the change{why}; run again")
    if missed:
        vms = listed(VMS, [vm.id for vm in missed], cloud.pool(VMS).by_id)
        raise SettleError(f"{vms} has not applied the change; attach its NIC again")


def _await_other_pushes(cloud: Cloud, resource: Resource) -> Procedure:
    """Wait for networks that are still updating VMs of this network, because of an earlier run."""
    busy = [each for each in cloud.pool(NETWORKS) if each.id != resource.id and NETWORKS.is_busy(each)]
    if not busy:
        return
    there = {vm.id for vm in cloud.pool(VMS) if any(True for _ in _nics(vm, resource.id))}
    for each in busy:
        if there & {*each.ids("OUTDATED_VMS"), *each.ids("UPDATING_VMS")}:
            yield _end_of(each)


def _vms(network: Resource) -> list[int]:
    """The VMs to which OpenNebula pushes a change."""
    return sorted({vm for each in _LISTS for vm in network.ids(each)})


def _nics(vm: Resource, network: int) -> Iterator[Mapping[str, str]]:
    return (nic for nic in vm.vectors("TEMPLATE/NIC") if nic.get("NETWORK_ID") == str(network))


# -- what has not come to a VM -------------------------------------------------------------------------------------


def links(network: Resource) -> dict[str, dict[str, str]]:
    """The link attributes of a network, by address range: VLAN and device, of the range or of the network."""
    return _inherited(network, LINK)


def link_differences(nic: Mapping[str, str], linked: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The current link attributes of a network in which a NIC differs."""
    due = linked.get(nic.get("AR_ID", ""), {})
    return {name: value for name, value in due.items() if nic.get(name, "") != value}


def outdated_vms(cloud: Cloud, network: Resource) -> list[int]:
    """The VMs that have not applied the last change of a network, and to which OpenNebula will not push it again."""
    missed = [] if NETWORKS.is_busy(network) or NETWORKS.is_broken(network) else network.ids("ERROR_VMS")
    return [vm for vm in missed if _is_outdated(cloud.pool(VMS).by_id.get(vm), network)]


def _is_outdated(vm: Resource | None, network: Resource) -> bool:
    linked = links(network)
    return vm is not None and (
        _has_pending_update(vm) or any(link_differences(nic, linked) for nic in _nics(vm, network.id))
    )


def _has_pending_update(vm: Resource | None) -> bool:
    """Whether a VM has a pending update: OpenNebula removes it once the driver has applied it."""
    return vm is not None and vm.element.find("TEMPLATE/VNET_UPDATE") is not None


def _is_missed(vm: Resource, before: Resource, now: Resource) -> bool:
    """Whether a VM that OpenNebula skipped lacks the current attributes of the network."""
    if _is_outdated(vm, now):
        return True
    old, new = _inherited(before, _PUSHED), _inherited(now, _PUSHED)
    for nic in _nics(vm, now.id):
        was, due = (each.get(nic.get("AR_ID", ""), {}) for each in (old, new))
        # Values that the NIC has set itself are kept.
        if any(nic.get(name, "") == was.get(name) != value for name, value in due.items()):
            return True
    return False


def _inherited(network: Resource, names: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """The attributes that a network gives to a NIC, by the ID of the NIC's address range."""
    attributes = network.attributes
    whole = {name: network.text(name) or str(attributes.get(name, "")) for name in names}
    return {
        each.get("AR_ID", ""): {name: each.get(name) or whole[name] for name in names}
        for each in network.vectors("AR_POOL/AR")
    }
