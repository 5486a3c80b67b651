"""From pillar to desired objects: a blueprint and a user make that user's infrastructure.

Pure functions over the content of the pillar key ``opennebula``, which `schema.validate` has found free of
faults. What a user says comes before what the blueprint says: dictionaries are merged key by key, lists and
single values replace, and ``null`` takes away what would be inherited.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from ..basics.errors import ArgumentError, did_you_mean
from ..basics.plan import Desired
from ..basics.values import ADMINISTRATOR
from ..enrolment import tickets as enrolment

DRIVER = "802.1Q"
GATEWAY = "gateway"
#: What decides how far a run may go; the nearest declaration counts.
DEFAULT_SETTINGS: dict[str, Any] = {"prune": False, "max_deletions": 5, "adopt": False, "disruption": "refuse"}
#: Those that an object may say of itself.
LEAVES = ("adopt", "disruption")
ALLOW = "allow"

#: Labels of the address ranges made from ``first`` and ``size``, and from a gateway's address.
POOL_RANGE, GATEWAY_RANGE = "pool", "gateway"

#: What a NIC has that is no way out. Where a NIC names no router, OpenNebula takes the network's; this is a variable
#: that no VM has, so that the guest is told of none.
NO_WAY_OUT = {"gateway": "$NO_GATEWAY"}

#: Which argument holds the VLAN, for the drivers that have one; only they take the blueprint's ``phydev``.
VLAN_ARGUMENT = {
    "802.1Q": "vlan_id",
    "vxlan": "vlan_id",
    "ovswitch": "vlan_id",
    "ovswitch_vxlan": "outer_vlan_id",
}

#: Keys of a network that only the pillar knows, and keys that say how an object is found, not what it is.
SHORTHANDS = frozenset({"vlan", "cidr", "first", "size", "router_range", "owner", *LEAVES})
USER_ARGUMENTS = ("password", "auth_driver", "group", "groups", "enabled", "ssh_public_key", "quota", "attributes")
#: Keys of a gateway that say what it does inside, and keys that are no arguments of its VM.
INSIDE = frozenset({"policy", "forwards", "dhcp", "hosts", "dns", "ntp", "apt_proxy"})
NOT_OF_THE_VM = frozenset({"name", "uplink", "uplink_ip", "lan", "role", "enrol", "virtual_router", *LEAVES}) | INSIDE

NETWORK, SECURITY_GROUP = "onevnet", "onesecgroup"


def users(config: Mapping[str, Any]) -> list[str]:
    """The names of the declared users, sorted."""
    return sorted(config.get("users") or {})


def settings(config: Mapping[str, Any], user: str | None = None) -> dict[str, Any]:
    """How far a run may go: ``{"prune", "max_deletions", "adopt", "disruption"}``, the nearest declaration counting.

    user
        Whose; ``None`` for the shared objects.
    """
    layers = [config] if user is None else [config, *_layers(config, user)]
    result = dict(DEFAULT_SETTINGS)
    for layer in layers:
        for key in layer.keys() & DEFAULT_SETTINGS.keys():
            result[key] = DEFAULT_SETTINGS[key] if layer[key] is None else layer[key]
    return result


def leave(values: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """What may be done to an object that exists: as it says itself, or as the settings around it say."""
    adopt, disruption = (values.get(key, said[key]) for key in LEAVES)
    return {"adopt": adopt, "disruption": disruption == ALLOW}


def given_leave(said: Mapping[str, Any]) -> dict[str, Any]:
    """The same from settings that hold for a whole run; without what they do not say."""
    found = {"adopt": said["adopt"]} if "adopt" in said else {}
    return {**found, "disruption": said["disruption"] == ALLOW} if "disruption" in said else found


def _shared_groups(config: Mapping[str, Any]) -> dict[str, Any]:
    return without_nulls(config.get("shared") or {}).get("groups", {})


def expand(config: Mapping[str, Any], user: str) -> list[Desired]:
    """One user's objects, in the order to make them: the user, security groups, networks, the gateway.

    Raises
        ArgumentError when there is no such user.
    """
    whole = effective(config, user)
    managed = _mark(whole, user)
    addresses = lan_addresses(whole)
    said = settings(config, user)
    desired = [account(config, user, whole)]
    for name, group in whole.get("security_groups", {}).items():
        values = _of_the_group(group, whole)
        desired.append(Desired(SECURITY_GROUP, name, user, values, managed, **leave(group, said)))
    for name, network in whole.get("networks", {}).items():
        values = network_values(network, whole, addresses.get(name) or leasable_router(network, whole))
        desired.append(Desired(NETWORK, name, user, values, managed, **leave(network, said)))
    desired = after_their_networks(desired)
    gateway = whole.get("gateway")
    if gateway is not None:
        values = _gateway_values(gateway, whole, addresses)
        values |= _context_values(gateway, user, managed)
        kind = "onevrouter" if "virtual_router" in gateway else "onevm"
        name = gateway.get("name", GATEWAY)
        desired.append(Desired(kind, name, user, values, managed, **leave(gateway, said)))
    return desired


def after_their_networks(desired: list[Desired]) -> list[Desired]:
    """The same objects; a security group whose rules are about a network among them comes after all networks."""
    networks = [(each.name, each.owner) for each in desired if each.kind == NETWORK]
    late = [
        each
        for each in desired
        if each.kind == SECURITY_GROUP and is_about(each.values, each.owner or ADMINISTRATOR, networks)
    ]
    if not late:
        return desired
    rest = [each for each in desired if each not in late]
    end = max(number for number, each in enumerate(rest) if each.kind == NETWORK) + 1
    return [*rest[:end], *late, *rest[end:]]


def is_about(group: Mapping[str, Any], owner: str, networks: Container[tuple[str, str | None]]) -> bool:
    """Whether a rule of a security group is about one of these networks, each given by its name and its owner."""
    return any((rule.get("network"), rule.get("owner", owner)) in networks for rule in group.get("rules", {}).values())


def _mark(whole: Mapping[str, Any], user: str) -> str:
    return f"{whole['blueprint']}/{user}"


def account(config: Mapping[str, Any], user: str, whole: Mapping[str, Any]) -> Desired:
    """The user's account.

    whole
        Everything that holds for the user.
    """
    values = {key: whole[key] for key in USER_ARGUMENTS if key in whole}
    administered = [name for name, group in _shared_groups(config).items() if user in group.get("admins", ())]
    if administered:
        values["administers"] = administered
        # Who administers a group is a member of it.
        joined = [name for name in administered if name not in (values.get("group"), *values.get("groups", ()))]
        values |= {"groups": [*values["groups"], *joined]} if "groups" in values else {}
    return Desired("oneuser", user, None, values, _mark(whole, user), **leave({}, settings(config, user)))


def effective(config: Mapping[str, Any], user: str) -> dict[str, Any]:
    """Everything that holds for a user: what the pillar says of the user over what the blueprint says."""
    return combined(*_layers(config, user))


def _layers(config: Mapping[str, Any], user: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    declared = config.get("users") or {}
    if user not in declared:
        raise ArgumentError(f"the pillar declares no user {user}{did_you_mean(user, declared)}")
    own = declared[user]
    return config["blueprints"][own["blueprint"]], own


def combined(blueprint: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """A user over a blueprint: ``{"networks": …, "gateway": …, …}`` without nulls, ``lan`` as a dictionary."""
    whole = merge(without_nulls(blueprint), own)
    if "gateway" in whole:
        whole["gateway"]["lan"] = _lan(blueprint.get("gateway") or {}, own.get("gateway") or {})
    return whole


def merge(inherited: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """``own`` over ``inherited``: dictionaries key by key, anything else replaces, ``None`` takes away."""
    result = dict(inherited)
    for key, value in own.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merge(result[key], value)
        else:
            result[key] = without_nulls(value)
    return result


def without_nulls(value: Any) -> Any:
    """A copy of nested dictionaries and lists in which every key has a value."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value


def _lan(inherited: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, str | None]:
    """``lan`` of a gateway over that of another: ``{network: its address there, None for the network's own}``.

    Merged apart from all other keys, since here null stands for a value.
    """
    below = inherited.get("lan")
    lan = own.get("lan") if "lan" in own else below
    if not isinstance(lan, dict):
        return dict.fromkeys(lan or ())
    return {**below, **lan} if isinstance(below, dict) else dict(lan)


def lan_addresses(whole: Mapping[str, Any]) -> dict[str, str]:
    """The gateway's address on each network that it joins and that can have one: ``{network: address}``."""
    lan = whole.get("gateway", {}).get("lan", {})
    networks = whole.get("networks", {})
    addresses = {name: given or first_router(networks.get(name, {})) for name, given in lan.items()}
    return {name: address for name, address in addresses.items() if address}


def leasable_router(network: Mapping[str, Any], whole: Mapping[str, Any]) -> str | None:
    """The router of a network that leases addresses: whichever VM is the router there can ask for this address.

    It does not depend on the networks that the gateway joins, so that joining or leaving one changes no network.
    ``None`` where the network, or its user, says that the router needs no range.
    """
    leases = ("first" in network or network.get("address_ranges")) and network.get(
        "router_range", whole.get("router_range", True)
    )
    return first_router(network) if leases else None


def first_router(network: Mapping[str, Any]) -> str | None:
    """Where a network's gateway is: as declared, or else its first address."""
    if "gateway" in network:
        return network["gateway"]
    subnet = subnet_of(network)
    return None if subnet is None else str(subnet[min(1, subnet.num_addresses - 1)])


def subnet_of(network: Mapping[str, Any]) -> IPv4Network | None:
    """The addresses of a network, when declared."""
    if "cidr" in network:
        return _network(network["cidr"])
    if "network_address" in network and "network_mask" in network:
        return _network(f"{network['network_address']}/{network['network_mask']}")
    return None


# The same few addresses come back for every user, and parsing them is what expanding costs.
@lru_cache(maxsize=4096)
def _network(text: str) -> IPv4Network:
    return IPv4Network(text, strict=False)


@lru_cache(maxsize=4096)
def number(address: str) -> int:
    """An IPv4 address as a number."""
    return int(IPv4Address(address))


def network_values(
    network: Mapping[str, Any], whole: Mapping[str, Any], gateway_address: str | None = None
) -> dict[str, Any]:
    """The arguments of ``onevnet.present`` for a user's network.

    network, whole
        The network, and everything that holds for its user.
    gateway_address
        The address that the user's gateway, or another router, takes there.
    """
    return _of_the_group({**spelled_out(network, gateway_address), **link(network, whole)}, whole)


def _of_the_group(values: Mapping[str, Any], whole: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of an object, which belongs to its user's group if it does not say another one."""
    said = {name: value for name, value in values.items() if name not in LEAVES}
    return {**({"group": whole["group"]} if "group" in whole else {}), **said}


def link(network: Mapping[str, Any], whole: Mapping[str, Any]) -> dict[str, Any]:
    """What isolates a network: its driver, device and VLAN, as arguments of ``onevnet.present``."""
    vlans = whole.get("vlans", {})
    driver = network.get("driver") or vlans.get("driver", DRIVER)
    argument = VLAN_ARGUMENT.get(driver)
    if argument is None:
        return {"driver": driver}
    device = network.get("phydev") or vlans.get("phydev")
    return {"driver": driver, **({"phydev": device} if device else {}), **_vlan(argument, network, whole)}


def _vlan(argument: str, network: Mapping[str, Any], whole: Mapping[str, Any]) -> dict[str, Any]:
    automatic = f"automatic_{argument}"
    if argument in network:
        return {argument: network[argument]}
    if network.get(automatic, whole.get("vlans", {}).get("automatic")):
        return {automatic: True}
    if "vlan" in network and "vlan_base" in whole:
        return {argument: whole["vlan_base"] + network["vlan"]}
    return {}


def spelled_out(network: Mapping[str, Any], gateway_address: str | None = None) -> dict[str, Any]:
    """A network in OpenNebula's arguments, its shorthands replaced by what they stand for."""
    values = {key: value for key, value in network.items() if key not in SHORTHANDS}
    subnet = subnet_of(network)
    if subnet is not None:
        values["network_address"] = str(subnet.network_address)
        values["network_mask"] = str(subnet.netmask)
    ranges = address_ranges(network, gateway_address)
    if ranges or "address_ranges" in network:
        values["address_ranges"] = ranges
    return values


def address_ranges(network: Mapping[str, Any], gateway_address: str | None = None) -> dict[str, Any]:
    """The address ranges of a network by label: the pool, those declared, and the gateway's if it needs one.

    OpenNebula leases only addresses of a range, so an address outside of all others gets a range of its own;
    it comes last, since ranges are numbered in the order in which they are made.
    """
    ranges: dict[str, Any] = {}
    if "first" in network and "size" in network:
        ranges[POOL_RANGE] = {"type": "IP4", "ip": network["first"], "size": network["size"]}
    ranges.update(network.get("address_ranges", {}))
    if gateway_address is None or GATEWAY_RANGE in ranges:
        return ranges
    if not any(contains(each, gateway_address) for each in ranges.values()):
        ranges[GATEWAY_RANGE] = {"type": "IP4", "ip": gateway_address, "size": 1}
    return ranges


def contains(address_range: Mapping[str, Any], address: str) -> bool:
    """Whether an IPv4 address can be leased from an address range."""
    if "ip" not in address_range or "size" not in address_range:
        return False
    return 0 <= number(address) - number(address_range["ip"]) < address_range["size"]


def _gateway_values(
    gateway: Mapping[str, Any], whole: Mapping[str, Any], addresses: Mapping[str, str]
) -> dict[str, Any]:
    """The arguments of ``onevm.present``, or of ``onevrouter.present``, for a gateway, its context excepted."""
    values = {key: value for key, value in gateway.items() if key not in NOT_OF_THE_VM}
    values.setdefault("template_owner", ADMINISTRATOR)
    # All gateways are awaited together, when every user has been seen to.
    values.setdefault("wait", False)
    if "group" in whole:
        values.setdefault("group", whole["group"])
    uplink = gateway.get("uplink")
    nics = [] if uplink is None else [_uplink_nic(uplink, gateway.get("uplink_ip"))]
    # Else the guest would have a default route by each of its NICs, and packets to the world the choice of all.
    inside = {} if uplink is None else NO_WAY_OUT
    nics += [{"network": name, "ip": addresses[name], **inside} for name in gateway["lan"]]
    router = gateway.get("virtual_router")
    if router is None:
        return {**values, "nics": nics}
    shared = {"floating_ip": True} if floating(router) else {}
    nics = [{**nic, **shared} if "ip" in nic else nic for nic in nics]
    return {**values, "nics": nics, **{key: router[key] for key in ("vms", "keepalived_id") if key in router}}


def _context_values(gateway: Mapping[str, Any], user: str, managed: str) -> dict[str, Any]:
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
    """What a gateway's context tells it of itself; the grains of the guest read it.

    managed
        The mark of what is made for this user.
    """
    return {
        # OpenNebula puts in the number when it makes the VM.
        "VMID": "$VMID",
        "VM_NAME": gateway.get("name", GATEWAY),
        "VM_OWNER": user,
        "SALT_MANAGED": managed,
        "SALT_ROLE": gateway.get("role", GATEWAY),
    }


def minion_id(enrol: Mapping[str, Any], user: str) -> str:
    """What a user's gateway is called as a minion; further VMs of a virtual router have their number added."""
    return enrol.get("minion_id", f"gw-{user}")


def minion_ids(gateway: Mapping[str, Any], user: str) -> list[str]:
    """What all VMs of a user's gateway are called as minions."""
    first = minion_id(gateway["enrol"], user)
    vms = gateway.get("virtual_router", {}).get("vms", 1)
    return [enrolment.numbered(first, number) for number in range(vms)]


def floating(router: Mapping[str, Any]) -> bool:
    """Whether the VMs of a virtual router share its addresses."""
    return router.get("floating_ip", router.get("vms", 1) > 1)


def _uplink_nic(uplink: Mapping[str, Any], address: str | None) -> dict[str, Any]:
    nic = {"network": uplink["network"], "owner": uplink.get("owner", ADMINISTRATOR), "shared": True}
    return nic if address is None else {**nic, "ip": address}
