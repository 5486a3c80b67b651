"""Measure the main job: calls by method, time, memory; relative to direct XML-RPC calls in the same run.

Everything runs against embedded OpenNebulas started for it. Exits non-zero if a value exceeds its limit.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
from typing import Any

from masterless import ADMINISTRATOR, Minion, Witness, calls_between, failures, workshop, writes

#: The duration of a write in a real daemon with SQLite, in milliseconds.
WRITE_MS = 12
SMALL, LARGE = (21, 25), (100, 34)
_missed: list[str] = []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small-only", action="store_true", help=f"leave out {LARGE[0]} x {LARGE[1]} networks")
    options = parser.parse_args()
    small = measure(*SMALL)
    if not options.small_only:
        large = measure(*LARGE)
        figure("calls of a second run, large against small", large["calls"], small["calls"])
        growth = (large["seconds"] / small["seconds"]) / (LARGE[0] * LARGE[1] / (SMALL[0] * SMALL[1]))
        figure("time a network of a second run, large against small", growth, 1.3, ".2f")
        figure("memory of the whole process, MB", large["memory"], 300, ".0f")
    done()


def measure(users: int, networks: int) -> dict[str, float]:
    """The first run, the second run and one more user, for one size."""
    print(f"\n{users} users x {networks} networks, {WRITE_MS} ms a write", flush=True)
    with tempfile.TemporaryDirectory(prefix="onesalt") as folder:
        pillar = write_pillar(pathlib.Path(folder), users, networks)
        with workshop("--delay", str(WRITE_MS), pillar=pillar) as (minion, witness):
            first_run(minion, witness, users, networks)
            second = second_run(minion, witness)
            write_pillar(minion.pillar.parent, users + 1, networks)
            one_user_more(minion, witness, networks)
    return second


def first_run(minion: Minion, witness: Witness, users: int, networks: int) -> None:
    run = highstate(minion, witness)
    total = users * networks
    network_writes = sum(run["by_method"].get(f"one.vn.{verb}", 0) for verb in ("allocate", "chown", "chmod", "update"))
    report("first run", run)
    figure("write calls a network", network_writes / total, 2.0, ".2f")
    figure("other calls a user", (run["calls"] - network_writes) / users, 40, ".1f")
    bare = bare_seconds(users, networks)
    figure("time, against the same writes as bare calls", run["seconds"] / bare, 1.3, ".2f")


def second_run(minion: Minion, witness: Witness) -> dict[str, float]:
    run = highstate(minion, witness)
    report("second run", run)
    figure("writes", run["writes"], 0)
    figure("changes", run["changes"], 0)
    figure("calls", run["calls"], 10)
    if run["objects"] < 1000:
        figure("time of the states, s", run["seconds"], 1.0, ".2f")
    return run


def one_user_more(minion: Minion, witness: Witness, networks: int) -> None:
    run = highstate(minion, witness)
    report("one user more", run)
    figure("writes beyond two a network", run["writes"] - 2 * networks, 40)


def highstate(minion: Minion, witness: Witness) -> dict[str, Any]:
    """Apply the highstate in a separate process; returns its calls, its duration, and its memory."""
    before = witness.counters()
    started = time.monotonic()
    command = [str(pathlib.Path(sys.executable).with_name("salt-call")), "--local", "-c", str(minion.folder)]
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen([*command, "--out=json", "state.apply"], stdout=output, stderr=subprocess.DEVNULL)
        _, _, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        output.seek(0)
        states = json.load(output)["local"]
    wrong = failures(states)
    if wrong:
        sys.exit(f"bench: the highstate failed: {wrong[0]}")
    spent = calls_between(before, witness.counters())
    objects = {tag: state for tag, state in states.items() if not tag.startswith("opennebula_|-")}
    wholes = [state for tag, state in states.items() if tag.startswith("opennebula_|-")]
    return {
        "calls": sum(spent.values()),
        "writes": writes(spent),
        "by_method": spent,
        "objects": len(objects),
        "changes": sum(1 for state in objects.values() if state["changes"]),
        "seconds": sum(state["duration"] for state in wholes) / 1000,
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss / 1024,
    }


def bare_seconds(users: int, networks: int) -> float:
    """The duration of direct calls for the same writes on a cloud of the same pace."""
    with workshop("--delay", str(WRITE_MS)) as (_, witness):
        prepare_shared(witness)
        started = time.monotonic()
        for user in range(users):
            bare_user(witness, user, networks)
        return time.monotonic() - started


def prepare_shared(witness: Witness) -> None:
    group = witness.call("one.group.allocate", "team")
    # @100 VM+IMAGE+TEMPLATE/* CREATE
    witness.call("one.acl.addrule", hex(0x200000000 | group), "0x29400000000", "0x8", "0x400000000")
    witness.call("one.image.allocate", 'NAME="system"\nPATH="/dev/null"\nTYPE="OS"\nSIZE="64"', 1)
    witness.call("one.image.chmod", 0, 1, 1, 0, 1, 0, 0, 1, 0, 0)
    witness.settle("one.image.info", 0)
    disk = 'DISK=[IMAGE="system",IMAGE_UNAME="oneadmin"]'
    witness.call("one.template.allocate", f'NAME="gateway"\nCPU="0.1"\nMEMORY="64"\n{disk}\nCONTEXT=[NETWORK="YES"]')
    witness.call("one.template.chmod", 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, False)


def bare_user(witness: Witness, user: int, networks: int) -> None:
    """The writes for one user's infrastructure, and its only wait."""
    group = 100
    number = witness.call("one.user.allocate", f"user{user:03}", "secret", "core", [group])
    made = f'SALT_MANAGED="team/user{user:03}'
    witness.call("one.user.update", number, f'{made}/oneuser/user{user:03}"', 1)
    witness.call("one.user.quota", number, 'VM=[VMS="30"]')
    for network in range(networks):
        address = f'AR=[TYPE="IP4",IP="10.{network}.0.50",SIZE="100"]\nAR=[TYPE="IP4",IP="10.{network}.0.1",SIZE="1"]'
        text = f'NAME="net{network:02}"\nVN_MAD="802.1Q"\nPHYDEV="eth1"\nVLAN_ID="{2 + user * networks + network}"'
        created = witness.call("one.vn.allocate", f'{text}\n{made}/onevnet/net{network:02}"\n{address}', -1)
        witness.call("one.vn.chown", created, number, group)
    witness.settle("one.vn.info", created)
    nics = "\n".join(f'NIC=[NETWORK="net{network:02}",IP="10.{network}.0.1"]' for network in range(3))
    extra = f'AS_UID="{number}"\nAS_GID="{group}"\n{made}/onevm/gateway"\n{nics}'
    witness.call("one.template.instantiate", 0, "gateway", False, extra, False)


def write_pillar(folder: pathlib.Path, users: int, networks: int) -> pathlib.Path:
    """A pillar of ``users`` with ``networks`` each."""
    root = folder / "pillar"
    root.mkdir(exist_ok=True)
    (root / "top.sls").write_text("base: {'*': [cloud]}\n")
    names = {
        f"net{number:02}": {
            "vlan": number,
            "cidr": f"10.{number}.0.0/24",
            "first": f"10.{number}.0.50",
            "size": 100,
            "gateway": f"10.{number}.0.1",
        }
        for number in range(networks)
    }
    pillar = {
        "shared": {
            "groups": {"team": {}},
            "images": {"system": {"datastore": "default", "path": "/dev/null", "type": "OS", "permissions": "644"}},
            "templates": {
                "gateway": {
                    # Small, since a hundred of them must fit on the three hosts of the embedded cloud.
                    "cpu": 0.1,
                    "memory": "64M",
                    "disks": [{"image": "system", "owner": ADMINISTRATOR}],
                    "context": {"network": "YES"},
                    "permissions": "644",
                }
            },
        },
        "blueprints": {
            "team": {
                "group": "team",
                "vlans": {"first": 2, "last": 4094, "phydev": "eth1"},
                "networks": names,
                "gateway": {"template": "gateway", "lan": ["net00", "net01", "net02"]},
                "quota": {"vms": 30},
            }
        },
        "users": {
            f"user{number:03}": {"blueprint": "team", "vlan_base": 2 + number * networks} for number in range(users)
        },
    }
    (root / "cloud.sls").write_text(f"#!json\n{json.dumps({'opennebula': pillar})}\n")
    return root


def report(what: str, run: dict[str, Any]) -> None:
    print(
        f"  {what}: {run['calls']} calls, {run['writes']} writes, {run['seconds']:.2f} s of states, "
        f"{run['wall']:.1f} s in all, {run['cpu']:.1f} s of a CPU, {run['memory']:.0f} MB"
    )
    for method, count in sorted(run["by_method"].items(), key=lambda pair: -pair[1]):
        print(f"    {count:6} {method}")


def done() -> None:
    """Report whether every value is within its limit; the exit status is 1 otherwise."""
    if _missed:
        sys.exit(f"bench: missed: {'; '.join(_missed)}")
    print("bench: every figure is met")


def figure(what: str, value: float, limit: float, form: str = "") -> None:
    """Print a value with its limit, and remember whether it exceeds that."""
    met = value <= limit
    print(f"  {'met   ' if met else 'MISSED'} {what}: {value:{form}} (at most {limit})", flush=True)
    if not met:
        _missed.append(what)


if __name__ == "__main__":
    main()
