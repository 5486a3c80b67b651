"""From pillar to desired objects: a blueprint and a user make that user's infrastructure.

Pure functions over the content of the pillar key ``opennebula``, which `schema.validate` has accepted: layers.py merges
the settings of a user, networks.py and gateways.py expand them.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from ..basics.plan import Desired
from ..basics.values import ADMINISTRATOR
from .gateways import GATEWAY, context_values, gateway_values, lan_addresses
from .layers import LEAVES, effective, leave, settings, shared_section
from .networks import leasable_router, link, spelled_out

USER_ARGUMENTS = ("password", "auth_driver", "group", "groups", "enabled", "ssh_public_key", "quota", "attributes")
NETWORK, SECURITY_GROUP, VM_GROUP = "onevnet", "onesecgroup", "onevmgroup"


def _shared_groups(config: Mapping[str, Any]) -> dict[str, Any]:
    return shared_section(config, "groups")


def expand(config: Mapping[str, Any], user: str) -> list[Desired]:
    """One user's objects, in the order of creation: the user, security groups, networks, VM groups, the gateway.

    Raises
        ArgumentError when there is no such user.
    """
    whole = effective(config, user)
    managed = managed_for(whole, user)
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
    for name, group in whole.get("vm_groups", {}).items():
        desired.append(Desired(VM_GROUP, name, user, _of_the_group(group, whole), managed, **leave(group, said)))
    gateway = whole.get("gateway")
    if gateway is not None:
        values = gateway_values(gateway, whole, addresses)
        values |= context_values(gateway, user, managed)
        kind = "onevrouter" if "virtual_router" in gateway else "onevm"
        name = gateway.get("name", GATEWAY)
        desired.append(Desired(kind, name, user, values, managed, **leave(gateway, said)))
    return desired


def after_their_networks(desired: list[Desired]) -> list[Desired]:
    """The same objects; a security group with a rule about one of the networks comes after all networks."""
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
    """Whether a rule of a security group refers to one of these networks, each given by its name and its owner."""
    return any((rule.get("network"), rule.get("owner", owner)) in networks for rule in group.get("rules", {}).values())


def managed_for(whole: Mapping[str, Any], user: str) -> str:
    """``<source>/<owner>`` of a user's objects, for the attribute ``SALT_MANAGED``."""
    return f"{whole['blueprint']}/{user}"


def account(config: Mapping[str, Any], user: str, whole: Mapping[str, Any]) -> Desired:
    """The user's account.

    whole
        All settings of the user.
    """
    values = {key: whole[key] for key in USER_ARGUMENTS if key in whole}
    administered = [name for name, group in _shared_groups(config).items() if user in group.get("admins", ())]
    if administered:
        values["administers"] = administered
        # Administrators of a group are its members.
        joined = [name for name in administered if name not in (values.get("group"), *values.get("groups", ()))]
        values |= {"groups": [*values["groups"], *joined]} if "groups" in values else {}
    return Desired("oneuser", user, None, values, managed_for(whole, user), **leave({}, settings(config, user)))


def network_values(
    network: Mapping[str, Any], whole: Mapping[str, Any], gateway_address: str | None = None
) -> dict[str, Any]:
    """The arguments of ``onevnet.present`` for a user's network.

    network, whole
        The network, and all settings of its user.
    gateway_address
        The address of the user's gateway, or of another router, in the network.
    """
    return _of_the_group({**spelled_out(network, gateway_address), **link(network, whole)}, whole)


def _of_the_group(values: Mapping[str, Any], whole: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of an object, with the group of its user unless another one is declared."""
    said = {name: value for name, value in values.items() if name not in LEAVES}
    return {**({"group": whole["group"]} if "group" in whole else {}), **said}
