"""The gateway of the pillar as arguments of states: its NICs, and the context of its guest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..basics.values import ADMINISTRATOR
from ..enrolment import tickets as enrolment
from .layers import LEAVES
from .networks import first_router

GATEWAY = "gateway"
#: The router of NICs that are not the uplink. Without one, OpenNebula uses the router of the network; this variable is
#: empty in every VM, so that the guest gets none.
NO_WAY_OUT = {"gateway": "$NO_GATEWAY"}
#: Keys of a gateway for its configuration inside, and keys that are not arguments of its VM.
INSIDE = frozenset({"policy", "forwards", "dhcp", "hosts", "dns", "ntp", "apt_proxy"})
#: Keys of a virtual router that are arguments of ``onevrouter.present``, besides the number of its VMs.
ROUTER_KEYS = ("keepalived_id", "vm_name")
NOT_OF_THE_VM = frozenset({"name", "uplink", "uplink_ip", "lan", "role", "enrol", "virtual_router", *LEAVES}) | INSIDE


def lan_addresses(whole: Mapping[str, Any]) -> dict[str, str]:
    """The gateway's address on each of its networks that can have one: ``{network: address}``."""
    lan = whole.get("gateway", {}).get("lan", {})
    networks = whole.get("networks", {})
    addresses = {name: given or first_router(networks.get(name, {})) for name, given in lan.items()}
    return {name: address for name, address in addresses.items() if address}


def gateway_values(
    gateway: Mapping[str, Any], whole: Mapping[str, Any], addresses: Mapping[str, str]
) -> dict[str, Any]:
    """The arguments of ``onevm.present``, or of ``onevrouter.present``, for a gateway, without its context."""
    values = {key: value for key, value in gateway.items() if key not in NOT_OF_THE_VM}
    values.setdefault("template_owner", ADMINISTRATOR)
    # A run waits for all gateways together, after the changes of all users.
    values.setdefault("wait", False)
    if "group" in whole:
        values.setdefault("group", whole["group"])
    uplink = gateway.get("uplink")
    if uplink is None or "uplink_ip" in gateway:
        # Its guest finds its networks by their addresses; an uplink without a declared address is the first NIC.
        values["nic_order"] = "any"
    nics = [] if uplink is None else [_uplink_nic(uplink, gateway.get("uplink_ip"))]
    # Otherwise the guest would have a default route on each of its NICs.
    inside = {} if uplink is None else NO_WAY_OUT
    nics += [{"network": name, "ip": addresses[name], **inside} for name in gateway["lan"]]
    router = gateway.get("virtual_router")
    if router is None:
        return {**values, "nics": nics}
    shared = {"floating_ip": True} if floating(router) else {}
    nics = [{**nic, **shared} if "ip" in nic else nic for nic in nics]
    return {**values, "nics": nics, **{key: router[key] for key in ("vms", *ROUTER_KEYS) if key in router}}


def context_values(gateway: Mapping[str, Any], user: str, managed: str) -> dict[str, Any]:
    """The arguments ``context`` and ``enrolment`` of ``onevm.present`` for a gateway."""
    context = {**gateway.get("context", {}), **gateway_variables(gateway, user, managed)}
    enrol = gateway.get("enrol")
    if enrol is None:
        return {"context": context}
    name = minion_id(enrol, user)
    context |= enrolment.context(enrol, name)
    if "secret" not in enrol:
        return {"context": context}
    ticket = {key: enrol[key] for key in ("secret", "lifetime") if key in enrol}
    return {"context": context, "enrolment": {"minion_id": name, **ticket}}


def gateway_variables(gateway: Mapping[str, Any], user: str, managed: str) -> dict[str, str]:
    """The context variables that describe a gateway; the grains of the guest read them.

    managed
        The mark of this user's objects.
    """
    return {
        # OpenNebula replaces this variable with the number when it creates the VM.
        "VMID": "$VMID",
        "VM_NAME": gateway.get("name", GATEWAY),
        "VM_OWNER": user,
        "SALT_MANAGED": managed,
        "SALT_ROLE": gateway.get("role", GATEWAY),
    }


def minion_id(enrol: Mapping[str, Any], user: str) -> str:
    """The minion ID of a user's gateway; further VMs of a virtual router have their number added."""
    return enrol.get("minion_id", f"gw-{user}")


def minion_ids(gateway: Mapping[str, Any], user: str) -> list[str]:
    """The minion IDs of all VMs of a user's gateway."""
    first = minion_id(gateway["enrol"], user)
    vms = gateway.get("virtual_router", {}).get("vms", 1)
    return [enrolment.numbered(first, number) for number in range(vms)]


def floating(router: Mapping[str, Any]) -> bool:
    """Whether the VMs of a virtual router share its addresses."""
    return router.get("floating_ip", router.get("vms", 1) > 1)


def _uplink_nic(uplink: Mapping[str, Any], address: str | None) -> dict[str, Any]:
    nic = {"network": uplink["network"], "owner": uplink.get("owner", ADMINISTRATOR), "shared": True}
    return nic if address is None else {**nic, "ip": address}
