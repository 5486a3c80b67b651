"""The NICs of a virtual router, which all of its VMs have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...basics.errors import ArgumentError
from ...basics.plan import Change, Order
from ...basics.syntax import render
from ...cloud.directory import ROUTERS
from ...cloud.procedure import Procedure
from ...cloud.resource import Resource
from ...cloud.resource import Vector as Present
from ...cloud.view import Cloud
from ...model import leaves
from ...model.nics import ANEW, ATTACH, DETACH
from ...model.nodes import Key, Many, Node
from ...model.reading import Reading
from ...model.vectors import NIC
from ..vm.leases import leasing
from ..vm.nic import LIMITS, Nic
from ..vm.nic_changes import Links
from ..vm.nic_groups import NicGroups, Numbers, held
from ..vm.nics import VmNics
from .checks import floats
from .members import let_settle, vms

#: Attributes of such a NIC that OpenNebula removes, since only administrators may set them (prepare_nic_vm in
#: VirtualRouter.cc).
_DROPPED = LIMITS | {"EXTERNAL", "FILTER", "FILTER_IP_SPOOFING", "FILTER_MAC_SPOOFING", "VLAN_ID", "VLAN_TAGGED_ID"}
#: The keys of a router's NIC in the pillar.
ROUTER_NIC = replace(
    NIC,
    title="a NIC of a virtual router",
    fields={
        **NIC.fields,
        "floating_ip": Key(leaves.BOOLEAN, "Whether all VMs share its address.", "`false`", "true"),
    },
)


class RouterNics(VmNics):
    """The NICs of a router: like those of a VM, and with ``floating_ip`` the VMs of the router can share an address.

    A router stores only the declared attributes of a NIC, and has no call to change them: such a NIC is detached and
    attached again.
    """

    adjustable, joins = frozenset(), False

    def _nic(self, where: str, value: Any) -> Nic:
        found = super()._nic(where, value)
        if found.aliases is not None:
            raise ArgumentError(f"{where}.aliases: NICs of virtual routers cannot have aliases.")
        for name in _DROPPED & found.said.keys() if floats(found.attributes) else ():
            raise ArgumentError(f"{where}.{name.lower()}: OpenNebula drops it from a NIC with a floating address.")
        return found

    def present(self, resource: Resource) -> list[Present]:
        def shared(nic: Present) -> dict[str, str]:
            return {name: nic.get(f"VROUTER_{name}", nic.get(name, "")) for name in ("IP", "MAC")}

        return [nic.having(**shared(nic)) for nic in super().present(resource)]

    def own_node(self) -> Node:
        return Many(ROUTER_NIC)

    def said(self, resource: Resource, reading: Reading) -> list[dict[str, Any]] | None:
        found = super().said(resource, reading)
        if found is None:
            return None
        floating = map(floats, self.present(resource))
        own = [{name: value for name, value in nic.items() if name != "FLOATING_IP"} for nic in found]
        return [{**nic, "floating_ip": True} if each else nic for nic, each in zip(own, floating, strict=False)]

    def _own_groups(self, nic: Present, network: Resource) -> Numbers:
        # The router has the declared groups, and each of its VMs has those of the network besides.
        return held(nic)

    def holders(self, cloud: Cloud, order: Order) -> list[Resource]:
        found = cloud.find(ROUTERS, order.name, order.owner)
        # A router that was not handed over yet already has its addresses.
        made = [each for each in cloud.pool(ROUTERS).marked((ROUTERS.cli, order.user, order.name)) if each is not found]
        routers = [*([found] if found is not None else []), *made]
        return [*routers, *(vm for each in routers for vm in vms(cloud, each))]

    def is_there(self, each: Nic, old: Mapping[str, str], resource: Resource) -> bool:
        return each.fits(old) and floats(each.attributes) == floats(old)

    def missing_links(self, each: Nic, old: Mapping[str, str], resource: Resource) -> Links:
        # A network lists the router's VMs, each with NICs of its own.
        return {}

    def _groups(self, cloud: Cloud, where: str, each: Nic, network: Resource | None, order: Order) -> NicGroups | None:
        found = super()._groups(cloud, where, each, network, order)
        return None if found is None else NicGroups(found.own)


def write_router_nics(cloud: Cloud, router: Resource, changes: list[Change], order: Order) -> Procedure:
    """Detach and attach NICs at the router; OpenNebula does the same at all of its VMs."""
    yield from let_settle(cloud, router)
    for change in changes:
        action, argument = change.write
        if action in (DETACH, ANEW):
            number = argument[0] if action == ANEW else argument
            cloud.call("one.vrouter.detachnic", router.id, number)
            yield from let_settle(cloud, router)
        if action in (ATTACH, ANEW):
            nic = argument[-2]
            with leasing(cloud, [nic]):
                cloud.call("one.vrouter.attachnic", router.id, render({"NIC": nic}))
            yield from let_settle(cloud, router)
