"""Measure a second run over a large cloud that is declared completely.

Writes a pillar of 3,500 networks, 2,300 templates, 1,000 images, 2,000 VMs, 300 users, 60 security groups and 40 ACL
rules, applies it to an embedded OpenNebula of its own, and measures the next highstate: calls by method, CPU time,
memory. Exits non-zero if a value exceeds its limit.

    python tools/bench_scale.py [PART]

PART, such as 0.1, is the size relative to that; the limits stay the same.
"""

from __future__ import annotations

import json
import pathlib
import sys
import tempfile
from typing import Any

from bench import done, figure, highstate, report
from masterless import ADMINISTRATOR, workshop

USERS, NETWORKS, VMS = 300, 12, 7
TEMPLATES, IMAGES, SECURITY_GROUPS, ACL_RULES = 2300, 1000, 60, 40
#: The maximum CPU time in seconds, and the maximum memory in MB.
SECONDS, MEMORY = 10, 500


def main() -> None:
    part = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    with tempfile.TemporaryDirectory(prefix="onesalt") as folder:
        pillar = write_pillar(pathlib.Path(folder), part)
        with workshop(pillar=pillar) as (minion, witness):
            report("first run", highstate(minion, witness))
            run = highstate(minion, witness)
    report("empty run", run)
    figure("writes", run["writes"], 0)
    figure("changes", run["changes"], 0)
    figure("most calls of one method", max(run["by_method"].values()), 1)
    figure("CPU time of the whole process, s", run["cpu"], SECONDS, ".2f")
    figure("memory of the whole process, MB", run["memory"], MEMORY, ".0f")
    done()


def write_pillar(folder: pathlib.Path, part: float) -> pathlib.Path:
    """Write the pillar; ``part`` is its relative size."""
    root = folder / "pillar"
    root.mkdir()
    (root / "top.sls").write_text("base: {'*': [cloud]}\n")
    pillar = {
        "shared": shared(part),
        "blueprints": {"team": blueprint()},
        "users": users(part),
        "objects": {"onevm": machines(part)},
    }
    (root / "cloud.sls").write_text(f"#!json\n{json.dumps({'opennebula': pillar})}\n")
    return root


def numbered(word: str, count: float) -> list[str]:
    """Names with numbers."""
    return [f"{word}{number:04}" for number in range(max(1, round(count)))]


def shared(part: float) -> dict[str, Any]:
    """Shared objects."""
    system = {"datastore": "default", "type": "DATABLOCK", "size": 8, "permissions": "644"}
    machine = {
        # Small, since two thousand of them must fit on the three hosts of the embedded cloud.
        "cpu": 0.01,
        "memory": 16,
        "disks": [{"image": "image0000", "owner": ADMINISTRATOR}],
        "context": {"NETWORK": "YES", "ROLE": "bench"},
        "permissions": "644",
    }
    rules = {"web": {"protocol": "TCP", "direction": "inbound", "ports": [80, 443]}}
    return {
        "groups": {"team": {}},
        "images": dict.fromkeys(numbered("image", IMAGES * part), system),
        "templates": dict.fromkeys(numbered("template", TEMPLATES * part), machine),
        "security_groups": {name: {"rules": rules} for name in numbered("group", SECURITY_GROUPS * part)},
        "acls": {name: f"#{name} NET/* CREATE" for name in numbered("user", ACL_RULES * part)},
    }


def blueprint() -> dict[str, Any]:
    """The objects of each user."""
    networks = {
        f"net{number:02}": {"vlan": number, "cidr": f"10.{number}.0.0/24", "first": f"10.{number}.0.50", "size": 100}
        for number in range(NETWORKS)
    }
    vlans = {"first": 2, "last": 4094, "phydev": "eth1"}
    return {"group": "team", "vlans": vlans, "networks": networks, "quota": {"vms": 30}}


def users(part: float) -> dict[str, Any]:
    """All users, with different VLANs."""
    names = numbered("user", USERS * part)
    return {name: {"blueprint": "team", "vlan_base": 2 + number * NETWORKS} for number, name in enumerate(names)}


def machines(part: float) -> dict[str, Any]:
    """The VMs of all users."""
    return {
        f"{name}-{number}": {
            "owner": name,
            "template": "template0000",
            "template_owner": ADMINISTRATOR,
            "nics": [{"network": f"net{number:02}"}],
        }
        for name in numbered("user", USERS * part)
        for number in range(VMS)
    }


if __name__ == "__main__":
    main()
