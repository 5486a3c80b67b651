"""The part of the pillar for one gateway: only the data that its guest needs.

It is created where the whole pillar is available, and used by `gateway`, which runs in the guest without the rest of
`onecore`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..basics.errors import OneError
from ..basics.values import ADMINISTRATOR
from ..gateway.model import spell_mac
from ..gateway.nics import mac_of
from ..pillar.counted import each_member
from ..pillar.gateways import lan_addresses, minion_id
from ..pillar.layers import effective
from ..pillar.networks import address_ranges, contains, subnet_of
from ..schema import validate
from ..schema.inside import LABEL

LEASE_TIME, DOMAIN = "1h", "internal"
#: The keys of a user and of a blueprint that are read: no password, no key, no context.
LOOKED_AT = frozenset({"blueprint", "vlan_base", "vlans", "networks", "gateway", "labs"})


def part_of(config: Any, user: str) -> dict[str, Any]:
    """The pillar key ``gateway`` for the minion of a user's gateway, as plain data for `model.build`.

    config
        The pillar key ``opennebula``, of all users.

    If there are errors that concern this gateway, the result is ``{"faults": [...]}`` with each error and its path: the
    gateway reports them, and changes nothing.
    """
    mine = _concerning(config, user)
    faults = [fault.whole for fault in validate(mine)]
    if faults:
        return {"faults": faults}
    try:
        whole = effective(mine, user)
    except OneError as error:
        return {"faults": [f"opennebula.users: {error}"]}
    if "gateway" not in whole:
        return {"faults": [f"opennebula.users.{user}: has no gateway"]}
    if "virtual_router" in whole["gateway"]:
        # Its VMs may share their addresses, which keepalived assigns.
        return {"faults": [f"opennebula.users.{user}.gateway: is a virtual router, which nothing here is for"]}
    nowhere = [name for name in whole["gateway"]["lan"] if subnet_of(whole["networks"][name]) is None]
    if nowhere:
        where, said = f"opennebula.users.{user}.networks", "is required, since the gateway joins it"
        return {"faults": [f"{where}.{name}.cidr: {said}" for name in nowhere]}
    return _resolved(user, whole, (mine.get("shared") or {}).get("networks") or {})


def user_of(config: Any, name: str) -> str | None:
    """The user whose gateway has this minion ID; ``None`` if there is none."""
    users = config.get("users") if isinstance(config, dict) else None
    for user, own in users.items() if isinstance(users, dict) else ():
        gateway = own.get("gateway") if isinstance(own, dict) else None
        enrol = gateway.get("enrol") if isinstance(gateway, dict) else None
        if minion_id(enrol if isinstance(enrol, dict) else {}, user) == name:
            return user
    return None


def _concerning(config: Any, user: str) -> Any:
    """The pillar with only one user, as far as its structure is valid."""
    if not isinstance(config, dict):
        return config
    users, blueprints, shared = (config.get(key) or {} for key in ("users", "blueprints", "shared"))
    if not (isinstance(users, dict) and isinstance(blueprints, dict) and isinstance(shared, dict)):
        return {"users": users, "blueprints": blueprints, "shared": shared}
    own = _looked_at(users.get(user))
    chosen = own.get("blueprint") if isinstance(own, dict) else None
    return {
        "shared": {"networks": shared.get("networks") or {}},
        "blueprints": {name: _looked_at(each) for name, each in blueprints.items() if name == chosen},
        "users": {user: own} if user in users else {},
    }


def _looked_at(layer: Any) -> Any:
    return {key: value for key, value in layer.items() if key in LOOKED_AT} if isinstance(layer, dict) else layer


def _resolved(user: str, whole: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    gateway, networks, addresses = whole["gateway"], whole.get("networks", {}), lan_addresses(whole)
    joined = {name: networks[name] for name in gateway["lan"]}
    dns = gateway.get("dns", {})
    part = {
        "user": user,
        "networks": {
            name: {"address": addresses[name], "cidr": str(subnet_of(network))} for name, network in joined.items()
        },
        "dhcp": {
            name: {"lease_time": LEASE_TIME, **said, "leases": list(_leases(joined[name], addresses[name]))}
            for name, said in gateway.get("dhcp", {}).items()
        },
        "hosts": _hosts(gateway.get("hosts", {}), lab_hosts(whole, joined)),
        "domain": dns.get("domain", DOMAIN),
        **{key: gateway[key] for key in ("policy", "forwards", "ntp", "apt_proxy") if key in gateway},
    }
    uplink = gateway.get("uplink")
    outside = shared.get(uplink["network"], {}) if uplink else {}
    if uplink:
        ip = gateway.get("uplink_ip")
        part["uplink"] = {"network": uplink["network"], **({"address": ip} if ip else {})}
    if outside.get("owner", ADMINISTRATOR) != (uplink or {}).get("owner", ADMINISTRATOR):
        outside = {}
    part["servers"] = dns.get("servers", outside.get("dns", "")).split()
    return part


def _leases(network: Mapping[str, Any], own: str) -> Iterator[dict[str, Any]]:
    """The hardware addresses that OpenNebula gives to VMs on this network, and the first address of each range."""
    for each in address_ranges(network).values():
        if "ip" in each and not (contains(each, own) and each["size"] == 1):
            yield {"ip": each["ip"], "mac": each.get("mac", spell_mac(mac_of(each["ip"]))), "size": each["size"]}


def _hosts(said: Mapping[str, Any], vms: Mapping[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """The hosts of the pillar, followed by the VMs of labs with other names."""
    hosts = {}
    for name, host in said.items():
        ip, mac = (host, None) if isinstance(host, str) else (host["ip"], host.get("mac"))
        hosts[name] = {"ip": ip, "mac": mac or spell_mac(mac_of(ip))}
    return hosts | {name: vm for name, vm in vms.items() if name not in hosts}


def lab_hosts(whole: Mapping[str, Any], joined: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The VMs of a user's labs with an address on a network of the gateway: ``ip``, ``mac`` by name.

    The name of a VM may be an invalid host name; the gateway then uses only its address.

    whole, joined
        All settings of the user, and the networks of the gateway.
    """
    found: dict[str, dict[str, str]] = {}
    for machines in whole.get("labs", {}).values():
        for _, name, machine in each_member(machines):
            for nic in machine.get("nics", ()) if LABEL.fullmatch(name) else ():
                if nic.get("network") in joined and "ip" in nic and not nic.get("shared"):
                    found[name] = {"ip": nic["ip"], "mac": nic.get("MAC", spell_mac(mac_of(nic["ip"])))}
    return found
