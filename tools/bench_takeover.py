"""Measure the export of a large cloud: 3,500 networks, 2,300 templates, 2,000 VMs of 140 users.

Builds the cloud with direct calls on an embedded OpenNebula of its own, exports it in a separate process, and exits
non-zero if a value exceeds its limit.

    python tools/bench_takeover.py [USERS]
"""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
from typing import Any

from masterless import REPOSITORY, Witness, embedded, must, show

sys.path.insert(0, str(REPOSITORY))

from tests.doubles.clouds import Builder, template

USERS, NETWORKS, TEMPLATES, VMS = 140, 25, 16, 14
#: The maximum calls, seconds and MB of an export.
CALLS, SECONDS, MEMORY = 15, 30, 700
EXPORT = """
import json, resource, sys, time
sys.path[:0] = [sys.argv[2]]
from onecore import schema
from onecore.cloud.view import Cloud
from onecore.takeover.export import export
from onecore.wire.client import Client

client = Client(sys.argv[1], "oneadmin:opennebula", max_answer=400, timeout=120)
began, busy = time.monotonic(), time.process_time()
found = export(Cloud(client), lambda config: [(each.path, each.message) for each in schema.validate(config)])
took, busy = time.monotonic() - began, time.process_time() - busy
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps({**found.summary, "files": len(found.files), "calls": sum(client.calls.values()),
                  "seconds": took, "busy": busy,
                  "memory": peak, "apart": len(found.apart), "left_out": found.left[:5], "left": len(found.left)}))
"""


def main() -> None:
    users = int(sys.argv[1]) if len(sys.argv) > 1 else USERS
    with embedded() as endpoint:
        witness = Witness(endpoint)
        build(witness, users)
        found = export(endpoint)
    print(
        f"export: {found['total']} objects in {found['files']} files, {found['blueprints']} blueprints, "
        f"{found['apart']} apart, {found['left']} left out; {found['calls']} calls, {found['seconds']:.1f} s "
        f"({found['busy']:.1f} s of them at work), {found['memory']} MB"
    )
    must(
        found["total"] >= users * (1 + NETWORKS + TEMPLATES + VMS), f"not everything was exported: {found['left_out']}"
    )
    must(found["calls"] <= CALLS, f"more than {CALLS} calls")
    # The load of other processes on this machine is not measured.
    must(found["busy"] <= SECONDS, f"more than {SECONDS} s at work")
    must(found["memory"] <= MEMORY, f"more than {MEMORY} MB")


def build(witness: Witness, users: int) -> None:
    """Users with networks, templates and VMs."""
    built = Builder(witness.call)
    built.group("bench")
    for number in range(users):
        user = f"user{number:03}"
        built.user(user, "bench")
        for each in range(NETWORKS):
            built.lan(f"net{each:02}", user, "bench", 1000 + number * NETWORKS + each, each, VN_MAD="vxlan")
        for each in range(TEMPLATES):
            nics = [{"NETWORK": f"net{each:02}"}]
            context = {"NETWORK": "YES", "ROLE": f"role {each}"}
            built.template(f"tpl{each:02}", user, "bench", CPU=1, MEMORY=512, NIC=nics, CONTEXT=context, LABELS="lab")
    networks = {
        (each.findtext("UNAME"), each.findtext("NAME")): each.findtext("ID")
        for each in witness.pool("one.vnpool.info", -2, -1, -1).iterfind("VNET")
    }
    for number in range(users):
        user = f"user{number:03}"
        for each in range(VMS):
            nic = {"NETWORK_ID": networks[user, f"net{each:02}"]}
            said = template(NAME=f"vm{each:02}", CPU=1, MEMORY=64, NIC=nic, CONTEXT={"NETWORK": "YES", "ROLE": "x"})
            made = witness.call("one.vm.allocate", said, True)
            built.give("one.vm", made, user, "bench")


def export(endpoint: str) -> dict[str, Any]:
    """Export in a separate process, to measure its memory."""
    source = str(pathlib.Path(REPOSITORY, "salt", "_utils"))
    command = [sys.executable, "-c", EXPORT, endpoint, source]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    show(main)
