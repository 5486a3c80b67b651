"""Measure campaigns: many VMs created, awaited, snapshotted, reverted and destroyed; calls for each VM, and time
relative to one VM.

Everything runs against an embedded OpenNebula started for it. Exits non-zero if a value exceeds its limit.
"""

# ruff: noqa: E402

from __future__ import annotations

import pathlib
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "salt" / "_utils")]

from onecore.basics.lifetime import EXPIRES
from onecore.basics.marks import MARK as ATTRIBUTE
from onecore.basics.marks import Mark
from onecore.basics.plan import Desired
from onecore.cloud.view import Cloud
from onecore.kinds.vm.kind import VM
from onecore.orchestration.lab_campaign import run
from onecore.orchestration.lab_work import WORKS
from onecore.pillar.labs import LAB, Machine
from onecore.verbs.expiry import remove_expired
from onecore.wire.client import Client, is_read
from onesim.testing import running

ADMINISTRATOR, PASSWORD = "oneadmin", "opennebula"
MANY, LAB_SIZE, LAB_DISKS, EXPIRED = 120, 10, 2, 1000
#: The limits of a phase: calls for each VM, calls for each second of waiting, and the time relative to a single VM.
CALLS_A_VM, CALLS_A_SECOND, TIME = 5, 2, 1.2
MARK = f"bench/{ADMINISTRATOR}"
Phase = Callable[[Cloud, Sequence[str]], None]
_missed: list[str] = []


def main() -> None:
    with running("--pace", "1") as simulator:
        client = Client(simulator.endpoint, f"{ADMINISTRATOR}:{PASSWORD}")
        prepare(client)
        many(client)
        reset_lab(client)
        expire(client)
    if _missed:
        sys.exit(f"bench: missed: {'; '.join(_missed)}")
    print("bench: every figure is met")


def prepare(client: Client) -> None:
    """Create templates with VMs that fit on any host: with one disk, and with several."""
    client.call("one.image.allocate", 'NAME="base"\nTYPE="DATABLOCK"\nSIZE="8"', 1)
    end = time.monotonic() + 30
    while "<STATE>1</STATE>" not in client.call("one.image.info", 0, False) and time.monotonic() < end:
        time.sleep(0.2)
    for name, disks in (("tiny", 1), ("tiny-lab", LAB_DISKS)):
        text = f'NAME="{name}"\nCPU="0.01"\nMEMORY="8"\n' + 'DISK=[IMAGE_ID="0"]\n' * disks
        client.call("one.template.allocate", text)


# -- many VMs ----------------------------------------------------------------------------------------------------


def many(client: Client) -> None:
    print(f"\n{MANY} VMs, as slow as real ones")
    names = [f"vm{number:03}" for number in range(MANY)]
    for name, phase in PHASES.items():
        # A single VM before the others and one after them, since this machine also has other work.
        _, first = spent(client, phase, ["first"])
        calls, seconds = spent(client, phase, names)
        _, last = spent(client, phase, ["last"])
        number = sum(calls.values())
        figure(f"{name}: calls in {seconds:.1f} s", number, CALLS_A_VM * MANY + CALLS_A_SECOND * seconds, ".0f")
        figure(f"{name}: time against one VM", seconds / max(first, last), TIME, ".2f")


def spent(client: Client, phase: Phase, names: Sequence[str]) -> tuple[Counter[str], float]:
    """The calls of a phase, by method, and its duration."""
    before, started = Counter(client.calls), time.monotonic()
    phase(Cloud(client), names)
    return Counter(client.calls) - before, time.monotonic() - started


def lab(name: str, template: str = "tiny", **more: str) -> Phase:
    """A phase that runs a function on the VMs as those of one lab."""

    def phase(cloud: Cloud, names: Sequence[str]) -> None:
        values = {
            "template": template,
            "template_owner": ADMINISTRATOR,
            "power": "running",
            "attributes": {LAB: "bench"},
        }
        wanted = [Desired(VM.cli, each, ADMINISTRATOR, values, MARK) for each in names]
        works = [WORKS[name](Machine(ADMINISTRATOR, "bench", each.name, each, **more)) for each in wanted]
        refuse([work.report.error for work in run(cloud, works).works])

    return phase


def refuse(errors: Sequence[str]) -> None:
    """Stop the benchmark at the first error."""
    wrong = [error for error in errors if error]
    if wrong:
        sys.exit(f"bench: {len(wrong)} VMs failed: {wrong[0]}")


PHASES: dict[str, Phase] = {
    "instantiate": lab("build"),
    "snapshot": lab("build", snapshot="initial"),
    "revert": lab("reset", snapshot="initial"),
    "destroy": lab("destroy"),
}


# -- a lab, and short-lived VMs ----------------------------------------------------------------------------------


def reset_lab(client: Client) -> None:
    names = [f"lab{number}" for number in range(LAB_SIZE)]
    print(f"\nA lab of {LAB_SIZE} VMs with {LAB_DISKS} disks each")
    spent(client, lab("build", "tiny-lab", snapshot="initial"), names)
    calls, seconds = spent(client, lab("reset", "tiny-lab", snapshot="initial"), names)
    # To power it off, and to resume it.
    figure(f"reset: actions a VM in {seconds:.1f} s", calls["one.vm.action"] / LAB_SIZE, 2)
    figure("reset: reverts a VM", calls["one.vm.disksnapshotrevert"] / LAB_SIZE, LAB_DISKS)
    writes = sum(number for method, number in calls.items() if not is_read(method))
    figure("reset: writes a VM", writes / LAB_SIZE, 2 + LAB_DISKS)


def expire(client: Client) -> None:
    for number in range(EXPIRED):
        name = f"old{number}"
        given = f'{ATTRIBUTE}="{Mark.of(MARK, VM.cli, name)}"\n{EXPIRES}="2020-01-01"'
        client.call("one.template.instantiate", 0, name, True, given, False)
    print(f"\n{EXPIRED} VMs whose time is over")
    pools = client.calls[VM.pool]
    reports = remove_expired(Cloud(client))
    refuse([report.error for report in reports])
    if len(reports) != EXPIRED:
        sys.exit(f"bench: {len(reports)} VMs were over, not {EXPIRED}")
    figure("pool calls that find them", client.calls[VM.pool] - pools, 1)


def figure(what: str, value: float, limit: float, form: str = "g") -> None:
    """Print a value with its limit, and remember whether it exceeds that."""
    met = value <= limit
    print(f"  {'met   ' if met else 'MISSED'} {what}: {value:{form}} (at most {limit:{form}})", flush=True)
    if not met:
        _missed.append(what)


if __name__ == "__main__":
    main()
