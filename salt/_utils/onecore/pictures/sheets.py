"""The data of a cloud as sheets: named columns and rows of plain values, to be shown or written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..cloud import vm_states as vm_states
from ..cloud.directory import NETWORKS, SECURITY_GROUPS, USERS, VMS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..model import secgroups
from ..pillar.labs import LAB
from .topology import addresses
from .vlans import every

#: The types of cells: a text, a number, a state with a tone, or a usage of a limit, as two numbers.
TEXT, NUMBER, STATE, USE = "text", "number", "state", "use"
#: The tone of each state, for readers who look for problems.
GOOD, BAD, BUSY = "good", "bad", "busy"
_GOOD = {"RUNNING", "READY", "ready", "in use"}
_BAD = {"failed", "missing", "shared", "high", "ERROR", "UNKNOWN", "not ready", "error"}
_BUSY = {"medium", "differs", "disturbs VMs", "not visible", "held"}
#: The settled states of a VM without a problem.
_CALM = {each.upper() for each in vm_states.POWER} | {
    "low",
    "free",
    "declared",
    "not declared",
    "no gateway",
    "not built",
    "DONE",
}


@dataclass(frozen=True)
class Column:
    """A column.

    minor
        Whether it is hidden on small screens.
    """

    title: str
    form: str = TEXT
    minor: bool = False


@dataclass(frozen=True)
class Sheet:
    """One table.

    rows
        A value for each column: a text, a number, a list of texts, ``None`` for nothing.
    empty
        The text if there are no rows.
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    empty: str = ""


def tone(state: str) -> str:
    """The tone of a state: good, bad, busy, or empty for none."""
    if state in _GOOD:
        return GOOD
    if state in _BAD or "FAILURE" in state:
        return BAD
    whole = state.isupper() and state not in _CALM
    return BUSY if whole or state.startswith(tuple(_BUSY)) else ""


def users(
    cloud: Cloud, statuses: Iterable[Mapping[str, Any]], blueprints: Mapping[str, str], labs: Mapping[str, int]
) -> Sheet:
    """A row for each user of the cloud or the pillar.

    told
        Rows of `..orchestration.status.status`.
    blueprints, labs
        By declared user, the name of the blueprint and the number of declared labs.
    """
    rows = {each["user"]: each for each in statuses}
    known = {each.name: each for each in cloud.pool(USERS)}
    networks, machines = _by_owner(cloud.pool(NETWORKS)), _by_owner(cloud.pool(VMS))
    return Sheet(
        "Users",
        (
            Column("User"), Column("State", STATE), Column("Blueprint"), Column("Networks", NUMBER), Column("VLANs"),
            Column("VMs", NUMBER), Column("Leases", NUMBER), Column("Labs", NUMBER, minor=True),
            Column("Gateway", minor=True), Column("Uplink", minor=True), Column("Group", minor=True),
            Column("Undeclared", minor=True), Column("ID", NUMBER, minor=True),
        ),
        [
            [
                name,
                rows.get(name, {}).get("state", "not declared"),
                blueprints.get(name),
                len(networks.get(name, ())),
                rows.get(name, {}).get("vlans"),
                len(machines.get(name, ())),
                sum(each.number("USED_LEASES") for each in networks.get(name, ())),
                labs.get(name, 0),
                rows.get(name, {}).get("gateway"),
                rows.get(name, {}).get("uplink"),
                known[name].group if name in known else None,
                rows.get(name, {}).get("undeclared") or None,
                known[name].id if name in known else None,
            ]
            for name in sorted(rows.keys() | known.keys())
        ],
        "This account sees no user.",
    )  # fmt: skip


def _by_owner(resources: Iterable[Resource]) -> dict[str, list[Resource]]:
    found: dict[str, list[Resource]] = {}
    for each in resources:
        found.setdefault(each.owner or "", []).append(each)
    return found


def networks(cloud: Cloud) -> Sheet:
    """A row for each virtual network."""
    groups = {each.id: each.name for each in cloud.pool(SECURITY_GROUPS)}
    return Sheet(
        "Networks",
        (
            Column("Network"), Column("Owner"), Column("State", STATE), Column("VLAN", NUMBER), Column("Addresses"),
            Column("Leases", USE), Column("Device", minor=True), Column("Driver", minor=True),
            Column("Security groups", minor=True), Column("Group", minor=True), Column("Made for", minor=True),
            Column("ID", NUMBER, minor=True),
        ),
        [
            [
                each.name,
                each.owner,
                NETWORKS.state_name(each),
                each.number("VLAN_ID") if each.text("VLAN_ID") else None,
                addresses(each) or None,
                [each.number("USED_LEASES"), sum(part.number("SIZE", 0) for part in each.vectors("AR_POOL/AR"))],
                each.text("PHYDEV") or each.text("BRIDGE") or None,
                each.text("VN_MAD") or None,
                [groups.get(number, str(number)) for number in _security_groups(each)] or None,
                each.group,
                each.managed or None,
                each.id,
            ]
            for each in sorted(cloud.pool(NETWORKS), key=_whose)
        ],
        "This account sees no virtual network.",
    )  # fmt: skip


def _security_groups(network: Resource) -> list[int]:
    return sorted(secgroups.numbers(network.attribute(secgroups.ATTRIBUTE)) - {secgroups.DEFAULT})


def _whose(resource: Resource) -> tuple[str, str, int]:
    return (resource.owner or "", resource.name, resource.id)


def machines(cloud: Cloud) -> Sheet:
    """A row for each VM."""
    return Sheet(
        "VMs",
        (
            Column("VM"), Column("Owner"), Column("State", STATE), Column("Addresses"), Column("Lab"),
            Column("Host"), Column("CPU", NUMBER, minor=True), Column("Memory (MB)", NUMBER, minor=True),
            Column("Group", minor=True), Column("ID", NUMBER),
        ),
        [
            [
                vm.name,
                vm.owner,
                vm_states.name(vm_states.state(vm)),
                [nic["IP"] for nic in vm.vectors("TEMPLATE/NIC") if nic.get("IP")] or None,
                vm.text(f"USER_TEMPLATE/{LAB}") or None,
                _host(vm),
                _amount(vm.text("TEMPLATE/CPU")),
                _amount(vm.text("TEMPLATE/MEMORY")),
                vm.group,
                vm.id,
            ]
            for vm in sorted(cloud.pool(VMS), key=_whose)
        ],
        "This account sees no VM.",
    )  # fmt: skip


def _host(vm: Resource) -> str | None:
    """The current or last host."""
    return (
        max(
            ((each.number("SEQ", 0), each.get("HOSTNAME", "")) for each in vm.vectors("HISTORY_RECORDS/HISTORY")),
            default=(0, ""),
        )[1]
        or None
    )


def _amount(text: str) -> float | str | None:
    """A number; ``None`` for any other value."""
    try:
        number = float(text)
    except ValueError:
        return text or None
    return int(number) if number.is_integer() else number


def labs(statuses: Iterable[Mapping[str, Any]], faulty: bool) -> Sheet:
    """A row for each declared VM of a lab.

    told
        Rows of `..orchestration.lab_campaign.status`.
    faulty
        Whether this is not known, since the pillar has errors.
    """
    rows = [[each["lab"], each["user"], each["vm"], _readiness(each), None if each["id"] is None else each["state"],
             each["ip"], each["id"]] for each in statuses]  # fmt: skip
    columns = (
        Column("Lab"), Column("User"), Column("VM"), Column("Ready", STATE), Column("State", STATE, minor=True),
        Column("Address"), Column("ID", NUMBER, minor=True),
    )  # fmt: skip
    return Sheet("Labs", columns, rows, UNKNOWN if faulty else "The pillar declares no labs.")


UNKNOWN = "The pillar has errors, so this is unknown."


def _readiness(row: Mapping[str, Any]) -> str:
    """Whether a VM is ready; labs are built on demand, so that a missing VM is not a problem."""
    return "ready" if row["ready"] else "not built" if row["id"] is None else "not ready"


def vlans(cloud: Cloud, used: Sequence[Mapping[str, Any]], free: Iterable[Mapping[str, Any]]) -> Sheet:
    """The used and the free VLANs: rows of `.vlans.used` and `.vlans.free`.

    A reservation has the VLAN of its parent, and a trunk may carry VLANs of others on purpose, which is not a conflict.
    """
    roots = {each.id: each.text("PARENT_NETWORK_ID") or str(each.id) for each in cloud.pool(NETWORKS)}
    many: dict[tuple[str, int], set[str]] = {}
    for each in used:
        for number in every(each) if each["reserved"] or not each["shares"] else ():
            many.setdefault((each["device"], number), set()).add(roots[each["id"]])

    def is_shared(row: Mapping[str, Any]) -> bool:
        own = row["reserved"] or not row["shares"]
        return own and any(len(many[row["device"], number]) > 1 for number in every(row))

    rows: list[list[Any]] = [
        [
            each["vlan"] if each["vlan"] == each["last"] else f"{each['vlan']}-{each['last']}",
            "shared" if is_shared(each) else "in use",
            each["device"],
            each["network"],
            each["owner"],
            each["addresses"] or None,
            each["id"],
        ]
        for each in used
    ]
    begins = [(each["device"], each["vlan"], row) for each, row in zip(used, rows, strict=True)]
    begins += [(each["device"], each["first"], _free(each)) for each in free]
    columns = (
        Column("VLAN", NUMBER), Column("Use", STATE), Column("Device"), Column("Network"), Column("Owner"),
        Column("Addresses", minor=True), Column("Network ID", NUMBER, minor=True),
    )  # fmt: skip
    ordered = [row for *_, row in sorted(begins, key=lambda each: each[:2])]
    return Sheet("VLANs", columns, ordered, "No network has a VLAN.")


def _free(space: Mapping[str, Any]) -> list[Any]:
    first, last = space["first"], space["last"]
    return [first if first == last else f"{first}-{last}", "free", space["device"], None, None, None, None]
