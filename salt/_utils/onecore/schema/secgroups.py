"""The cross-checks of security groups: their rules, and the references to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..basics.errors import ArgumentError
from ..basics.values import ADMINISTRATOR
from ..kinds.secgroup import RULES
from ..pillar.infrastructure import is_about
from .walk import Walk
from .words import below


def check_shared_groups(shared: Mapping[str, Any], walk: Walk) -> None:
    """Check the shared security groups."""
    networks = {name: each.get("owner", ADMINISTRATOR) for name, each in shared.get("networks", {}).items()}
    for name, group in shared.get("security_groups", {}).items():
        owner = group.get("owner", ADMINISTRATOR)
        check_rules(group, lambda *keys, name=name: below("shared.security_groups", name, *keys), walk)
        if not is_about(group, owner, list(networks.items())):
            continue
        for network, each in shared["networks"].items():
            if networks[network] == owner:
                check_named(each, name, below("shared.networks", network, "security_groups"), walk)


def check_rules(group: Mapping[str, Any], path: Callable[..., str], walk: Walk) -> None:
    """Check combinations of keys in a rule."""
    for label, rule in group.get("rules", {}).items():
        where = path("rules", label)
        try:
            RULES.entry(where, rule)
        except ArgumentError as error:
            walk.fault(where, str(error).removeprefix(f"{where}: ").removesuffix("."))


def check_named(network: Mapping[str, Any], group: str, path: str, walk: Walk) -> None:
    """Check that a network does not refer to a security group that is created after it."""
    ranges = network.get("address_ranges", {}).values()
    if any(group in each.get("security_groups", ()) for each in (network, *ranges)):
        walk.fault(path, f"{group} has rules about networks and is created after them; use cidr in these rules")
