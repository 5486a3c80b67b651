"""The existing objects of each user."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ..cloud import vm_states as vm_states
from ..cloud.directory import NETWORKS, OWNED, USERS, VMS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..kinds.registry import OF_USERS
from ..pillar.labs import LAB

#: Kind and name of each object that is declared for a user; ``None`` if that is not known.
Keys = Collection[tuple[str, str]] | None
#: The ID of the administrator, and of the group whose members see everything.
ADMINISTRATORS = 0


def status(cloud: Cloud, declared: Mapping[str, Keys]) -> list[dict[str, Any]]:
    """One row for each user with objects of the pillar, and for each declared user.

    declared
        By user name, the keys of the declared objects, see :func:`~.users.declared_keys`.

    Returns ``{"user", "networks" (how many the user owns), "vlans" ("100-124"), "gateway" (its name), "uplink" (its
    address on another user's network), "state", "undeclared" (objects of the user that are no longer declared),
    "foreign" (copies: objects with the mark of another one)}``, sorted by user; ``None`` for values that do not exist,
    or that the account may not read.
    """
    users = {each.name: each for each in cloud.pool(USERS)}
    networks: dict[str, list[Resource]] = {}
    for network in cloud.pool(NETWORKS):
        networks.setdefault(network.owner, []).append(network)
    gateways = {vm.owner: vm for vm in cloud.pool(VMS) if _is_gateway(vm)}
    made, foreign = _made(cloud), _foreign(cloud)
    seen = None if _sees_everything(users.get(cloud.account)) else cloud.account
    return [
        {
            **_row(name, name in users, networks.get(name, []), gateways.get(name), seen),
            "undeclared": _undeclared(made.get(name, ()), declared.get(name, ())),
            "foreign": sorted(foreign.get(name, ())),
        }
        for name in sorted(made.keys() | declared.keys())
    ]


def _is_gateway(vm: Resource) -> bool:
    return vm.made_for(vm.owner) and not vm.text(f"USER_TEMPLATE/{LAB}")


def _sees_everything(account: Resource | None) -> bool:
    return account is not None and (account.id == ADMINISTRATORS or ADMINISTRATORS in account.ids("GROUPS"))


def _made(cloud: Cloud) -> dict[str, list[tuple[tuple[str, str], str]]]:
    """By user, the key of each object that was created from the pillar for that user, and its description."""
    found: dict[str, list[tuple[tuple[str, str], str]]] = {}
    for kind in OF_USERS:
        for each in cloud.pool(kind):
            user = "" if each.mark is None else each.mark.owner
            if each.made_for(user) and not kind.is_part(each):
                subject = f"{kind.title} {each.name}"
                found.setdefault(user, []).append(((kind.cli, each.name), subject))
    return found


def _foreign(cloud: Cloud) -> dict[str, list[str]]:
    """By owner, the objects with the mark of another object, or of a user ID that no longer exists."""
    found: dict[str, list[str]] = {}
    numbers = {each.name: each.id for each in cloud.pool(USERS)}
    for kind in OWNED:
        for each in cloud.pool(kind):
            if each.owner is None or kind.is_part(each):
                continue
            if each.foreign_mark is not None and not kind.awaits_handover(cloud.account, each):
                found.setdefault(each.owner, []).append(f"{kind.title} {each.name}")
            elif each.is_marked and kind.per_owner and numbers.get(each.owner, each.uid) != each.uid:
                entry = f"{kind.title} {each.name} (of user {each.uid}, who no longer exists)"
                found.setdefault(each.owner, []).append(entry)
    return found


def _undeclared(made: Iterable[tuple[tuple[str, str], str]], declared: Keys) -> list[str] | None:
    return None if declared is None else sorted(subject for key, subject in made if key not in declared)


def _row(
    name: str, exists: bool, networks: list[Resource], gateway: Resource | None, seen: str | None
) -> dict[str, Any]:
    """A user's row, without undeclared objects.

    seen
        Whose eyes see it, where they may not see all.
    """
    row = {"user": name, "networks": len(networks), "vlans": _span(networks), "gateway": None, "uplink": None}
    if not exists and seen:
        return {**row, "networks": len(networks) or None, "state": f"not visible to {seen}"}
    if not exists:
        return {**row, "state": "missing"}
    if gateway is None:
        return {**row, "state": "no gateway" if seen in (None, name) else f"no gateway visible to {seen}"}
    own = {str(network.id) for network in networks}
    outward = [nic for nic in gateway.vectors("TEMPLATE/NIC") if nic.get("NETWORK_ID") not in own]
    uplink = outward[0].get("IP") if outward else None
    return {**row, "gateway": gateway.name, "uplink": uplink, "state": vm_states.name(vm_states.state(gateway))}


def _span(networks: Iterable[Resource]) -> str | None:
    numbers = sorted(network.number("VLAN_ID") for network in networks if network.text("VLAN_ID"))
    return f"{numbers[0]}-{numbers[-1]}" if numbers else None
