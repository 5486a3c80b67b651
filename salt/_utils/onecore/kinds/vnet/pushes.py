"""Changes of a network that OpenNebula tells running VMs of: written once every VM can hear, and not taken for heard.

OpenNebula tells one VM after the other, and leaves out a VM that is not simply running or off, such as one that boots
or that is just being told of another network's change. That one stays on the old VLAN, and the network is READY
(LifeCycleActions.cc, release 7.4.0). Where the driver of a VM fails, the network is in UPDATE_FAILURE instead, and
tells these VMs once more when it is asked to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

from ...basics.errors import OneError, SettleError
from ...basics.plan import Change, Order
from ...cloud import vm_states
from ...cloud.campaign import Procedure, Turn, completed
from ...cloud.directory import NETWORKS, VMS
from ...cloud.naming import listed
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
_UPDATED = "its VMs to be updated"


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

        return (yield from _told(cloud, resource, make))

    return push


def told_again(cloud: Cloud, resource: Resource, call: Callable[[], None]) -> Procedure:
    """Make a call that has OpenNebula tell VMs of a change once more, as a change is made that they are told of."""

    def again(now: Resource) -> Procedure:
        call()
        yield from ()

    return _told(cloud, resource, again)


def _due(changes: list[Change], left: list[Change]) -> list[Change]:
    """What is left of changes: a call that was made before may have taken effect since."""
    paths = {(change.writer, change.path) for change in changes}
    return [change for change in left if (change.writer, change.path) in paths]


def _told(cloud: Cloud, resource: Resource, make: Callable[[Resource], Procedure]) -> Procedure:
    """Have VMs told of what a procedure makes of a network; raises SettleError for those that are not."""
    subject = NETWORKS.describe(resource.name, resource.owner)
    its_end = settled(NETWORKS, resource.id, subject, what=_UPDATED, owner=resource.owner)
    with (yield Turn("push", "another network's VMs to be updated")):
        yield from _others_told(cloud, resource)
        before = resource
        if _vms(resource):
            # Something may have come to it, or to its VMs, since all was read.
            before = (yield its_end) or resource
            yield from heard(cloud, _vms(before), vm_states.is_deaf_to_networks)
        try:
            yield from make(before)
        except OneError:
            # It may have been done all the same, and the next must not begin before that is over.
            with suppress(OneError):
                yield its_end
            raise
        now = yield its_end
        if now is None:
            return None
        if now.ids("ERROR_VMS"):
            yield from heard(cloud, _vms(now), vm_states.is_deaf_to_networks)
    cloud.refresh_known(VMS, _vms(now))
    missed = [vm for vm in now.ids("ERROR_VMS") if _is_missed(cloud, vm, before, now)]
    if NETWORKS.is_broken(now):
        vms = listed(VMS, now.ids("ERROR_VMS"), cloud.pool(VMS).by_id)
        reasons = [cloud.read(VMS, vm).error for vm in now.ids("ERROR_VMS")]
        why = next((f": {reason.rstrip('.')}" for reason in reasons if reason), "")
        raise SettleError(f"the driver of {vms} has failed to take the change over{why}; run again")
    if missed:
        vms = listed(VMS, missed, cloud.pool(VMS).by_id)
        raise SettleError(f"{vms} has not taken the change over; attach its NIC again")
    return now


def _others_told(cloud: Cloud, resource: Resource) -> Procedure:
    """Wait for networks of which a run before this one told VMs that are on this network too."""
    busy = [each for each in cloud.pool(NETWORKS) if each.id != resource.id and NETWORKS.is_busy(each)]
    if not busy:
        return
    there = {vm.id for vm in cloud.pool(VMS) if any(True for _ in _nics(vm, resource.id))}
    for each in busy:
        if there & {*each.ids("OUTDATED_VMS"), *each.ids("UPDATING_VMS")}:
            subject = NETWORKS.describe(each.name, each.owner)
            yield settled(NETWORKS, each.id, subject, what=_UPDATED, owner=each.owner)


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
    """The VMs that have not taken over the last change of a network, and will not by themselves."""
    missed = [] if NETWORKS.is_busy(network) or NETWORKS.is_broken(network) else network.ids("ERROR_VMS")
    return [vm for vm in missed if _is_behind(cloud.pool(VMS).by_id.get(vm), network)]


def _is_behind(vm: Resource | None, network: Resource) -> bool:
    linked = links(network)
    # OpenNebula takes this away from a VM once its driver has been told.
    untold = vm is not None and vm.element.find("TEMPLATE/VNET_UPDATE") is not None
    return vm is not None and (untold or any(linked_otherwise(nic, linked) for nic in _nics(vm, network.id)))


def _is_missed(cloud: Cloud, number: int, before: Resource, now: Resource) -> bool:
    """Whether a VM that OpenNebula has left out has not what the network hands down by now."""
    vm = cloud.pool(VMS).by_id.get(number)
    if vm is None or _is_behind(vm, now):
        return vm is not None
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
