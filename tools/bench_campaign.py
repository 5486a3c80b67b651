"""Measure campaigns: many VMs made, awaited, snapshotted, reverted and destroyed; calls a VM, and time against one VM.

Everything runs against an embedded OpenNebula started for it. Exits non-zero when a figure misses its mark.
"""

# ruff: noqa: E402

from __future__ import annotations

import pathlib
import sys
import time
from collections.abc import Callable, Sequence

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "salt" / "_utils")]

from onecore.campaign import Campaign
from onecore.client import Client
from onecore.cloud import Cloud
from onecore.expiry import remove_expired
from onecore.kinds.vm import VM
from onecore.lifetime import EXPIRES
from onecore.procedures import start, terminate
from onecore.vm_plans import VERBS
from onecore.vm_verbs import perform
from onesim.testing import running

ADMINISTRATOR, PASSWORD = "oneadmin", "opennebula"
MANY, LAB, EXPIRED = 120, 10, 1000
MARK = f'SALT_MANAGED="sls/{ADMINISTRATOR}"'
Phase = Callable[[Cloud, Sequence[str]], None]
_missed: list[str] = []


def main() -> None:
    with running("--pace", "1") as simulator:
        client = Client(simulator.endpoint, f"{ADMINISTRATOR}:{PASSWORD}")
        prepare(client)
        slowest = {name: spent(client, phase, ["single"])[1] for name, phase, _ in PHASES}
        many = [f"vm{number:03}" for number in range(MANY)]
        print(f"\n{MANY} VMs, as slow as real ones")
        for name, phase, limit in PHASES:
            if name == "destroy":
                reset_lab(client, many[:LAB])
            calls, seconds = spent(client, phase, many)
            figure(f"{name}: calls a VM", calls / MANY, limit)
            figure(f"{name}: time against one VM", seconds / slowest[name], 3)
        expire(client)
    if _missed:
        sys.exit(f"bench: missed: {'; '.join(_missed)}")
    print("bench: every figure is met")


def prepare(client: Client) -> None:
    """A template whose VMs are small enough for any host."""
    client.call("one.image.allocate", 'NAME="base"\nTYPE="DATABLOCK"\nSIZE="8"', 1)
    end = time.monotonic() + 30
    while "<STATE>1</STATE>" not in client.call("one.image.info", 0, False) and time.monotonic() < end:
        time.sleep(0.2)
    client.call("one.template.allocate", 'NAME="tiny"\nCPU="0.01"\nMEMORY="8"\nDISK=[IMAGE_ID="0"]')


def spent(client: Client, phase: Phase, names: Sequence[str]) -> tuple[int, float]:
    """How many calls a phase makes, and how long it takes."""
    before, started = sum(client.calls.values()), time.monotonic()
    phase(Cloud(client), names)
    return sum(client.calls.values()) - before, time.monotonic() - started


def instantiate(cloud: Cloud, names: Sequence[str]) -> None:
    def made(name: str):
        number = cloud.call("one.template.instantiate", 0, name, False, MARK, False)
        return (yield from start(cloud, number))

    run(cloud, {name: made(name) for name in names})


def verb(name: str, **given: str) -> Phase:
    """A phase that does one of the states of VMs."""

    def phase(cloud: Cloud, names: Sequence[str]) -> None:
        reports = perform(cloud, VERBS[name], [(each, ADMINISTRATOR) for each in names], given)
        refuse([report.error for report in reports])

    return phase


def destroy(cloud: Cloud, names: Sequence[str]) -> None:
    run(cloud, {name: terminate(cloud, cloud.get(VM, name, ADMINISTRATOR)) for name in names})


def run(cloud: Cloud, procedures: dict) -> None:
    campaign = Campaign(cloud, VM)
    for key, procedure in procedures.items():
        campaign.add(key, procedure)
    refuse([task.error for task in campaign.run()])


def refuse(errors: Sequence[str]) -> None:
    """End the bench at the first error."""
    wrong = [error for error in errors if error]
    if wrong:
        sys.exit(f"bench: {len(wrong)} VMs failed: {wrong[0]}")


def reset_lab(client: Client, names: Sequence[str]) -> None:
    calls, seconds = spent(client, verb("reverted", snapshot="initial"), names)
    print(f"  reset of {LAB} VMs: {seconds:.1f} s")
    figure("reset of a lab: calls a VM", calls / LAB, 9)


def expire(client: Client) -> None:
    for number in range(EXPIRED):
        client.call("one.template.instantiate", 0, f"old{number}", True, f'{MARK}\n{EXPIRES}="2020-01-01"', False)
    pools = client.calls["one.vmpool.infoextended"]
    print(f"\n{EXPIRED} VMs whose time is over")
    reports = remove_expired(Cloud(client))
    refuse([report.error for report in reports])
    if len(reports) != EXPIRED:
        sys.exit(f"bench: {len(reports)} VMs were over, not {EXPIRED}")
    figure("pool calls that find them", client.calls["one.vmpool.infoextended"] - pools, 1)


#: Each phase, and how many calls a VM it may make: each write, and a share of what is read for all.
PHASES: list[tuple[str, Phase, float]] = [
    ("instantiate", instantiate, 3),
    ("snapshot", verb("snapshot_present", snapshot="initial"), 8),
    ("revert", verb("reverted", snapshot="initial"), 8),
    ("destroy", destroy, 2),
]


def figure(what: str, value: float, limit: float) -> None:
    """Print a figure beside its mark, and remember when it misses."""
    met = value <= limit
    print(f"  {'met   ' if met else 'MISSED'} {what}: {value:.2f} (at most {limit:g})", flush=True)
    if not met:
        _missed.append(what)


if __name__ == "__main__":
    main()
