"""Carries out the changes of NICs, one after the other, as OpenNebula requires."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...basics.errors import ActionError
from ...basics.plan import Change, Order
from ...basics.syntax import render
from ...cloud.directory import NETWORKS
from ...cloud.procedure import Procedure
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...model.nics import ANEW, ATTACH, ATTACH_ALIAS, DETACH, LIMIT, REGROUP
from ...model.writers import MERGE, REPLACE
from .changes import known
from .leases import leasing
from .nic_groups import regroup
from .waits import settled


def write_nics(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> Procedure:
    """Carry out the steps for NICs."""
    for change in changes:
        action, argument = change.write
        yield from _STEPS[action](cloud, resource, *(argument if isinstance(argument, tuple) else (argument,)))
    # Detaching a NIC removes its VM from the lists of VMs that have not applied a network change.
    cloud.refresh_known(NETWORKS, [each.id for each in cloud.pool(NETWORKS) if resource.id in each.ids("ERROR_VMS")])


def _attach(cloud: Cloud, vm: Resource, nic: Mapping[str, Any], aliases: Sequence[Mapping[str, Any]]) -> Procedure:
    """Attach a NIC, and then its aliases to the name that OpenNebula has given it."""
    before = _numbers(known(cloud, vm))
    now = yield from _attached(cloud, vm, "NIC_ALIAS" if "PARENT" in nic else "NIC", nic)
    if aliases:
        coming = [each for each in now.vectors("TEMPLATE/NIC") if each.number("NIC_ID") not in before]
        if not coming:
            raise ActionError(f"nics: the driver did not attach the NIC: {now.error}")
        for each in aliases:
            yield from _attach_alias(cloud, vm, coming[0]["NAME"], each)


def _attach_alias(cloud: Cloud, vm: Resource, parent: str, alias: Mapping[str, Any]) -> Procedure:
    return (yield from _attached(cloud, vm, "NIC_ALIAS", {**alias, "PARENT": parent}))


def _attached(cloud: Cloud, vm: Resource, name: str, nic: Mapping[str, Any]) -> Procedure:
    with leasing(cloud, [nic]):
        cloud.call("one.vm.attachnic", vm.id, render({name: nic}))
    return (yield settled(vm))


def _detach(cloud: Cloud, vm: Resource, number: int) -> Procedure:
    cloud.call("one.vm.detachnic", vm.id, number)
    return (yield settled(vm))


def _attach_again(
    cloud: Cloud, vm: Resource, number: int, nic: Mapping[str, Any], aliases: Sequence[Mapping[str, Any]]
) -> Procedure:
    """Detach a NIC and attach it with its new attributes."""
    now = yield from _detach(cloud, vm, number)
    if number in _numbers(now):
        raise ActionError(f"nics: the driver did not detach NIC {number}: {now.error}")
    yield from _attach(cloud, vm, nic, aliases)


def _numbers(vm: Resource) -> set[int]:
    """The numbers of the NICs and aliases of a VM."""
    every = (each for kind in ("NIC", "NIC_ALIAS") for each in vm.vectors(f"TEMPLATE/{kind}"))
    return {each.number("NIC_ID") for each in every}


def _limit(cloud: Cloud, vm: Resource, number: int, limits: Mapping[str, str], before: Mapping[str, str]) -> Procedure:
    """Change the bandwidth limits of a NIC.

    If the driver fails to set them, OpenNebula still stores the new limits, and the next run would find no difference.
    The old limits are therefore restored, so that the next run tries again.
    """
    earlier = known(cloud, vm)
    now = yield from _updatenic(cloud, vm, number, limits, MERGE if before.keys() <= limits.keys() else REPLACE)
    if now.error != earlier.error:
        yield from _updatenic(cloud, vm, number, before, REPLACE)
        raise ActionError(f"nics: the driver did not limit NIC {number}, so the old limits were restored: {now.error}")


def _updatenic(cloud: Cloud, vm: Resource, number: int, limits: Mapping[str, str], way: int) -> Procedure:
    # With its ID, since OpenNebula refuses a NIC without attributes.
    nic = {"NIC_ID": str(number), **limits}
    cloud.call("one.vm.updatenic", vm.id, number, render({"NIC": nic}), way)
    return (yield settled(vm))


def _regroup(cloud: Cloud, vm: Resource, number: int, joining: Sequence[int], leaving: Sequence[int]) -> Procedure:
    yield from regroup(cloud, vm, number, joining, leaving)
    yield settled(vm)


_STEPS: dict[str, Callable[..., Procedure]] = {
    ATTACH: _attach,
    ATTACH_ALIAS: _attach_alias,
    DETACH: _detach,
    ANEW: _attach_again,
    LIMIT: _limit,
    REGROUP: _regroup,
}
