"""Changes of a network that OpenNebula tells running VMs of: written once every VM can hear, and not taken for heard.

OpenNebula tells one VM after the other, and leaves out a VM that is not simply running or off, such as one that boots
or that is just being told of another network's change. That one stays on the old VLAN, and the network is READY
(LifeCycleActions.cc, release 7.4.0). Where the driver of a VM fails, the network is in UPDATE_FAILURE instead, and
tells these VMs once more when it is asked to.
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
from ...model.hearing import heard
from ...model.kind import Writer

#: What links a NIC to its network.
LINK = ("VLAN_ID", "OUTER_VLAN_ID", "PHYDEV")
#: What else of a network OpenNebula tells running VMs of (VirtualNetwork.cc, release 7.4.0), and that has no argument.
LIVE: tuple[str, ...] = ("QINQ_TYPE", "CVLANS", "VLAN_TAGGED_ID", "SPOOFCHK", "TRUST")
LIVE += tuple(f"{way}BOUND_{what}" for way in ("IN", "OUT") for what in ("AVG_BW", "PEAK_BW", "PEAK_KB"))
_TOLD = (*LINK, "MTU", *LIVE)
#: The lists of VMs that a network keeps.
_LISTS = ("UPDATED_VMS", "OUTDATED_VMS", "UPDATING_VMS", "ERROR_VMS")


def pushed(write: Writer, reaches: Callable[[Change], bool], left: Callable[[Order, Resource], list[Change]]) -> Writer:
    """A writer that ends when all VMs on the network have been told of the change; returns the network as it is then.

    reaches
        Whether a change is one that VMs are told of.
    left
        All that differs, given the network as it is.
    """

    def push(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> Procedure:
        if not any(map(reaches, changes)):
            return (yield from completed(write(cloud, resource, changes, order)))

        def make(now: Resource) -> Procedure:
            due = changes if now is resource else _due(changes, left(order, now))
            if due:
                yield from completed(write(cloud, now, due, order))

        return (yield from _told(cloud, resource, make, _is_missed))

    return push


def told_again(cloud: Cloud, resource: Resource, call: Callable[[], None]) -> Procedure:
    """Make a call that has a network in UPDATE_FAILURE tell its VMs of the change once more; returns it as it is then.

    OpenNebula keeps at the VM what its driver has to be told, for all networks together, and takes it away once one of
    them has been told. A VM that lacks it would be told nothing, and count as updated; and one that has that of several
    networks would be told what is true of one.
    """

    def again(now: Resource) -> Procedure:
        cloud.refresh_known(VMS, now.ids("ERROR_VMS"))
        lost = never_told(cloud, now.id)
        if lost:
            vms = listed(VMS, lost, cloud.pool(VMS).by_id)
            raise SettleError(f"OpenNebula does not send the change to {vms} again; attach its NIC again")
        call()
        yield from ()

    return _told(cloud, resource, again, lambda vm, before, now: True, anyway=True)


def _due(changes: list[Change], left: list[Change]) -> list[Change]:
    """What is left of changes: a call that was made before may have taken effect since."""
    paths = {(change.writer, change.path) for change in changes}
    return [change for change in left if (change.writer, change.path) in paths]


def _told(
    cloud: Cloud,
    resource: Resource,
    make: Callable[[Resource], Procedure],
    is_missed: Callable[[Resource, Resource, Resource], bool],
    anyway: bool = False,
) -> Procedure:
    """Have VMs told of what a procedure makes of a network; raises SettleError for those that are not.

    is_missed
        Whether a VM has not been told that OpenNebula has left out, given the network before and now.
    anyway
        Whether VMs whose driver has failed with another network's change do not matter.
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
        # Another one of this run may be about to.
        yield Moment(1, "another network's VMs to be told again")
    if now is None:
        return None
    _refuse_untold(cloud, now, [vm for vm in _missing(cloud, now) if is_missed(vm, before, now)])
    return now


def _ready(cloud: Cloud, resource: Resource) -> Procedure:
    """Wait until nothing hinders a network from telling its VMs; returns it as it is then."""
    yield from _others_told(cloud, resource)
    if not _vms(resource):
        return resource
    # Something may have come to it, or to its VMs, since all was read.
    now = (yield _end_of(resource)) or resource
    yield from heard(cloud, _vms(now), vm_states.is_deaf_to_networks)
    return now


def _made(cloud: Cloud, before: Resource, make: Callable[[Resource], Procedure]) -> Procedure:
    """Carry out a procedure; returns the network as it is once its VMs have been told."""
    its_end = replace(_end_of(before), until=partial(_has_told, cloud, set(_vms(before))))
    try:
        yield from make(before)
    except OneError:
        # It may have been done all the same, and the next must not begin before that is over.
        with suppress(OneError):
            yield its_end
        raise
    now = yield its_end
    if now is not None and now.ids("ERROR_VMS"):
        # One that was just being told has the change once that is over.
        with suppress(SettleError):
            yield from heard(cloud, now.ids("ERROR_VMS"), vm_states.changes_nics)
    return now


def _end_of(network: Resource) -> Wait:
    subject = NETWORKS.describe(network.name, network.owner)
    return settled(NETWORKS, network.id, subject, what="its VMs to be updated", owner=network.owner)


def _has_told(cloud: Cloud, known: set[int], network: Resource | None) -> bool:
    """Whether a network has told these VMs, or failed to. One that tells them once more is READY while it does."""
    if network is None:
        return True
    if NETWORKS.is_busy(network) or network.ids("OUTDATED_VMS") or network.ids("UPDATING_VMS"):
        return False
    # On its way from one list to another a VM is in none for a moment; and so is one that has gone.
    lost = known.difference(_vms(network))
    cloud.refresh_known(VMS, lost)
    found = (cloud.pool(VMS).by_id.get(vm) for vm in lost)
    return not any(True for vm in found if vm is not None for _ in _nics(vm, network.id))


def _failed_elsewhere(cloud: Cloud, network: Resource) -> Iterator[str]:
    """What is said of VMs of a network whose driver has failed to take the change of another one over."""
    for each in _failed_networks(cloud, network):
        failed = set(each.ids("ERROR_VMS")).intersection(_vms(network))
        if failed:
            vms, other = listed(VMS, failed, cloud.pool(VMS).by_id), NETWORKS.describe(each.name, each.owner)
            yield f"the driver of {vms} failed to apply a change of {other}"


def _failed_networks(cloud: Cloud, but: Resource) -> Iterator[Resource]:
    """Other networks some of whose VMs have drivers that have failed."""
    return (each for each in cloud.pool(NETWORKS) if each.id != but.id and each.state == states.UPDATE_FAILURE)


def never_told(cloud: Cloud, number: int) -> list[int]:
    """The VMs that a network, where it is in UPDATE_FAILURE, would not tell rightly if it was asked to once more."""
    network = cloud.pool(NETWORKS).by_id.get(number)
    if network is None or network.state != states.UPDATE_FAILURE:
        return []
    elsewhere = {vm for each in _failed_networks(cloud, network) for vm in each.ids("ERROR_VMS")}
    known = cloud.pool(VMS).by_id
    return [vm for vm in network.ids("ERROR_VMS") if vm in elsewhere or not _has_due(known.get(vm))]


def _missing(cloud: Cloud, now: Resource) -> list[Resource]:
    """The VMs that are there and have not been told."""
    cloud.refresh_known(VMS, _vms(now))
    known = cloud.pool(VMS).by_id if now.ids("ERROR_VMS") else {}
    return [known[vm] for vm in now.ids("ERROR_VMS") if vm in known]


def _refuse_untold(cloud: Cloud, now: Resource, missed: list[Resource]) -> None:
    """Raise SettleError where VMs have not been told."""
    if NETWORKS.is_broken(now):
        failed = _missing(cloud, now)
        reasons = [cloud.read(VMS, vm.id).error for vm in failed]
        why = next((f": {reason.rstrip('.')}" for reason in reasons if reason), "")
        vms = listed(VMS, now.ids("ERROR_VMS"), cloud.pool(VMS).by_id)
        raise SettleError(f"the driver of {vms} failed to apply the change{why}; run again")
    if missed:
        vms = listed(VMS, [vm.id for vm in missed], cloud.pool(VMS).by_id)
        raise SettleError(f"{vms} has not applied the change; attach its NIC again")


def _others_told(cloud: Cloud, resource: Resource) -> Procedure:
    """Wait for networks of which a run before this one told VMs that are on this network too."""
    busy = [each for each in cloud.pool(NETWORKS) if each.id != resource.id and NETWORKS.is_busy(each)]
    if not busy:
        return
    there = {vm.id for vm in cloud.pool(VMS) if any(True for _ in _nics(vm, resource.id))}
    for each in busy:
        if there & {*each.ids("OUTDATED_VMS"), *each.ids("UPDATING_VMS")}:
            yield _end_of(each)


def _vms(network: Resource) -> list[int]:
    """The VMs that OpenNebula tells of a change."""
    return sorted({vm for each in _LISTS for vm in network.ids(each)})


def _nics(vm: Resource, network: int) -> Iterator[Mapping[str, str]]:
    return (nic for nic in vm.vectors("TEMPLATE/NIC") if nic.get("NETWORK_ID") == str(network))


# -- what has not come to a VM -------------------------------------------------------------------------------------


def links(network: Resource) -> dict[str, dict[str, str]]:
    """What links a NIC to a network: its VLAN and device, or those of the address range that its address is of."""
    return _handed(network, LINK)


def linked_otherwise(nic: Mapping[str, str], linked: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """What links a NIC to a network by now, where it is linked otherwise."""
    due = linked.get(nic.get("AR_ID", ""), {})
    return {name: value for name, value in due.items() if nic.get(name, "") != value}


def left_behind(cloud: Cloud, network: Resource) -> list[int]:
    """The VMs that have not applied the last change of a network, and will not by themselves."""
    missed = [] if NETWORKS.is_busy(network) or NETWORKS.is_broken(network) else network.ids("ERROR_VMS")
    return [vm for vm in missed if _is_behind(cloud.pool(VMS).by_id.get(vm), network)]


def _is_behind(vm: Resource | None, network: Resource) -> bool:
    linked = links(network)
    return vm is not None and (_has_due(vm) or any(linked_otherwise(nic, linked) for nic in _nics(vm, network.id)))


def _has_due(vm: Resource | None) -> bool:
    """Whether the driver of a VM has still to be told something: OpenNebula takes it away then."""
    return vm is not None and vm.element.find("TEMPLATE/VNET_UPDATE") is not None


def _is_missed(vm: Resource, before: Resource, now: Resource) -> bool:
    """Whether a VM that OpenNebula has left out has not what the network hands down by now."""
    if _is_behind(vm, now):
        return True
    old, new = _handed(before, _TOLD), _handed(now, _TOLD)
    for nic in _nics(vm, now.id):
        was, due = (each.get(nic.get("AR_ID", ""), {}) for each in (old, new))
        # What a NIC has of its own stays.
        if any(nic.get(name, "") == was.get(name) != value for name, value in due.items()):
            return True
    return False


def _handed(network: Resource, names: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """What a network hands down to a NIC, by the number of the address range that its address is of."""
    attributes = network.attributes
    whole = {name: network.text(name) or str(attributes.get(name, "")) for name in names}
    return {
        each.get("AR_ID", ""): {name: each.get(name) or whole[name] for name in names}
        for each in network.vectors("AR_POOL/AR")
    }
