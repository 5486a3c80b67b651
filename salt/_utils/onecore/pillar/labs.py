"""Declared labs: their VMs, and the order in which these start.

Pure functions over the content of the pillar key ``opennebula``, which `schema.validate` has accepted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

from ..basics.errors import ArgumentError, did_you_mean
from ..basics.plan import Desired
from ..basics.secrecy import quoted
from ..basics.values import ADMINISTRATOR
from .counted import COUNT, alike, each_member, members
from .infrastructure import managed_for
from .layers import effective, leave, settings, users

#: The attribute of a VM with the name of its lab.
LAB = "LAB"
#: When a VM is ready: when it runs, when the guest has reported it, or when the guest answers a ping, or on a port.
RUNNING, REPORT, PING, PORT = "running", "context-report", "ping", "port"
READINESS = (RUNNING, REPORT, PING)
#: When the snapshot is taken: before anything has started from the disks, or of a guest that is ready.
BEFORE_BOOT, READY = "before-boot", "ready"
#: The variables with which OpenNebula's contextualization reports that the guest is ready, as the attribute READY. They
#: need a token; an oned without OneGate refuses a VM that requests one, so ``TOKEN`` is for clouds with OneGate.
REPORTING = {"REPORT_READY": "YES"}
#: The time in which a VM must be ready, in seconds.
READY_TIMEOUT = 600

#: Keys for the place of a VM in its lab, which are not arguments of ``onevm.present``.
OF_THE_LAB = frozenset(
    {COUNT, "networks", "after", "ready", "ready_timeout", "snapshot", "snapshot_taken", "disruption"}
)


@dataclass(frozen=True)
class Machine:
    """A VM of a lab.

    desired
        The declaration of the VM.
    after
        Names of VMs of the lab that must be ready before this one starts.
    ready, port, timeout
        The condition for being ready, the port on which it answers, and the timeout in seconds.
    snapshot
        Name of the snapshot of all disks; ``None`` for no snapshot.
    taken
        When it is taken.
    declared
        The name of its declaration, which may stand for several VMs.
    """

    user: str
    lab: str
    name: str
    desired: Desired
    after: tuple[str, ...] = ()
    ready: str = RUNNING
    timeout: float = READY_TIMEOUT
    snapshot: str | None = None
    taken: str = BEFORE_BOOT
    declared: str = ""
    port: int | None = None

    @property
    def waits_with_boot(self) -> bool:
        """Whether nothing may start from its disks before their snapshot."""
        return self.snapshot is not None and self.taken == BEFORE_BOOT and self.power != "hold"

    @property
    def power(self) -> str:
        """The power state after a build."""
        return self.desired.values["power"]

    @property
    def mark(self) -> str:
        """The SALT_MANAGED of its VM."""
        return self.desired.managed


@dataclass(frozen=True)
class Lab:
    """A lab of one user; its VMs are in an order in which they can start."""

    user: str
    name: str
    machines: tuple[Machine, ...]


def labs_of(config: Mapping[str, Any], user: str) -> list[Lab]:
    """The labs of one user, by name. Raises ArgumentError for an unknown user.

    Raises
        ArgumentError when there is no such user.
    """
    whole = {**effective(config, user), **settings(config, user)}
    return [_lab(user, name, machines, whole) for name, machines in sorted(whole.get("labs", {}).items())]


def chosen(config: Mapping[str, Any], user: Any = None, lab: Any = None) -> list[Lab]:
    """The selected labs, by user and name.

    user, lab
        A name, several separated by commas, a list of names, or ``None`` for all.

    Raises
        ArgumentError for an unknown name, or if no lab is selected.
    """
    who, which = names("user", user), names("lab", lab)
    found = [each for name in (users(config) if who is None else who) for each in labs_of(config, name)]
    known = {each.name for each in found}
    for name in which or ():
        if name not in known:
            raise ArgumentError(f"{_whose(who)} no lab {name}{did_you_mean(name, known) or '.'}")
    if not found:
        raise ArgumentError(f"{_whose(who)} no labs.")
    return _named(found, which)


def matching(config: Mapping[str, Any], user: Any = None, lab: Any = None) -> list[Lab]:
    """The same without unknown names."""
    who, which = names("user", user), names("lab", lab)
    declared = [name for name in users(config) if who is None or name in who]
    return _named([each for name in declared for each in labs_of(config, name)], which)


def _named(labs: Iterable[Lab], which: Sequence[str] | None) -> list[Lab]:
    return [each for each in labs if which is None or each.name in which]


def names(what: str, given: Any) -> list[str] | None:
    """``given`` as a list of unique names; ``None`` if nothing is given."""
    if given is None:
        return None
    words = given.split(",") if isinstance(given, str) else given
    if not isinstance(words, (list, tuple)) or not all(isinstance(word, str) and word.strip() for word in words):
        raise ArgumentError(
            f"{what}: must be a name, names separated by commas, or a list of names, not {quoted(given)}."
        )
    return list(dict.fromkeys(word.strip() for word in words))


def _whose(who: Sequence[str] | None) -> str:
    return "The pillar declares" if who is None else f"The pillar declares for {', '.join(who)}"


def _lab(user: str, name: str, machines: Mapping[str, Any], whole: Mapping[str, Any]) -> Lab:
    order = TopologicalSorter({each: machine.get("after", ()) for each, machine in machines.items()}).static_order()
    in_order = {each: {**machines[each], "after": _after(machines, machines[each])} for each in order}
    every = (_machine(user, name, *member, whole) for member in each_member(in_order))
    return Lab(user, name, tuple(every))


def _after(machines: Mapping[str, Any], said: Mapping[str, Any]) -> list[str]:
    """The VMs on which one depends: all VMs of each declaration."""
    return [member for name in said.get("after", ()) for member in members(name, machines[name])]


def _machine(
    user: str, lab: str, declared: str, name: str, said: Mapping[str, Any], whole: Mapping[str, Any]
) -> Machine:
    ready, port = _readiness(said.get("ready", RUNNING))
    values = {key: value for key, value in said.items() if key not in OF_THE_LAB}
    if "networks" in said:
        values["nics"] = [{"network": network} for network in said["networks"]]
    if ready == REPORT:
        values["context"] = {**REPORTING, **values.get("context", {})}
    values["attributes"] = {**values.get("attributes", {}), LAB: lab}
    if "group" in whole:
        values.setdefault("group", whole["group"])
    values.setdefault("template_owner", ADMINISTRATOR)
    values.setdefault("power", "running")
    # A lab takes over no VMs: they are created with it, and removed with it.
    may = {**leave(said, whole), "adopt": False}
    desired = Desired("onevm", name, user, values, managed_for(whole, user), **may, alike=alike(said))
    timeout = said.get("ready_timeout", READY_TIMEOUT)
    # A guest that only runs may not have started yet, and may not react to a request to power off.
    taken = said.get("snapshot_taken", BEFORE_BOOT if ready == RUNNING else READY)
    after, snapshot = tuple(said["after"]), said.get("snapshot")
    return Machine(user, lab, name, desired, after, ready, timeout, snapshot, taken, declared, port)


def _readiness(said: Any) -> tuple[str, int | None]:
    """The condition for being ready, in one word, and its port."""
    return (PORT, said[PORT]) if isinstance(said, Mapping) else (said, None)


def machines(labs: Iterable[Lab]) -> list[Machine]:
    """Every VM of some labs, in an order in which they can start."""
    return [machine for each in labs for machine in each.machines]
