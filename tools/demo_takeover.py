"""Demonstrate the takeover of an existing cloud: built with direct calls, exported, taken over, and then changed
without Salt.

Runs real Salt, masterless, against an embedded OpenNebula that it starts itself. Exits non-zero if a result is
unexpected.
"""

from __future__ import annotations

import pathlib
import shutil
import sys
import time
from typing import Any

from masterless import Minion, Witness, calls_between, must, say, show, workshop, writes

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from tests.doubles import clouds

ATTRIBUTE = "SALT_MANAGED"
#: The network whose VLAN is changed, and its new number.
OWNER, NETWORK, NUMBER = "staff04", "dmz", 3800
NETWORKS, NET_USE = ("one.vnpool.info", -2, -1, -1), (hex(0x4000000000 | 0x400000000), hex(1), hex(0x400000000))


def main() -> None:
    empty = pathlib.Path(__file__).with_name("takeover-pillar")
    empty.mkdir(exist_ok=True)
    try:
        with workshop(pillar=empty) as (minion, witness):
            take_over(minion, witness)
    finally:
        shutil.rmtree(empty)


def take_over(minion: Minion, witness: Witness) -> None:
    say("1. A cloud of forty users, built by bare calls as somebody's shell scripts would")
    groups = build(witness)
    began, before = time.monotonic(), witness.counters()
    print(f"   {objects(witness)} objects, {marked(witness)} of them marked")

    say("2. Exported as a pillar, one file for each user", "salt-call --local opennebula.export dir=pillar")
    minion.call("saltutil.sync_all")
    exported, _ = minion.call("opennebula.export", f"dir={minion.pillar}")
    (minion.pillar / "top.sls").write_text("base: {'*': [opennebula]}\n")
    print(f"   {exported['total']} objects, {len(exported['files'])} files, {exported['blueprints']} blueprints")
    print(indented((minion.pillar / "opennebula/blueprints/staff.sls").read_text()))

    say("3. What a run would do", "salt-call --local state.apply test=True")
    planned, _ = minion.call("state.apply", "test=True")
    changes = changed(planned)
    must(len(changes) == exported["total"], f"{len(changes)} objects would be changed")
    must({path for each in changes.values() for path in each} == {"managed"}, "more than marks would be changed")
    print(f"   {len(changes)} objects would be taken over, and nothing else")

    say("4. Taken over, and again", "salt-call --local state.apply")
    content = unmarked(witness)
    minion.call("state.apply")
    must(unmarked(witness) == content, "the adoption changed something")
    must(marked(witness) == exported["total"], f"{marked(witness)} objects are marked")
    between = witness.counters()
    again, _ = minion.call("state.apply")
    must(not writes(calls_between(between, witness.counters())), "the second run wrote")
    print(f"   {marked(witness)} objects are marked; second run: {len(changed(again))} changes, 0 writes")

    say(f"5. Somebody gives {NETWORK} of {OWNER} another VLAN", "salt-call --local opennebula.drift format=table")
    tampered = number_of(witness, OWNER, NETWORK)
    witness.call("one.vn.update", tampered, f'VLAN_ID="{NUMBER}"', 1)
    found, _ = minion.call("--retcode-passthrough", "opennebula.drift", status=2)
    must(not found["failures"], f"not everything could be compared: {found['failures']}")
    (row,) = found["drift"]
    must((row["object"], row["part"]) == (f"virtual network {NETWORK} of {OWNER}", "vlan_id"), f"found: {row}")
    must(witness.pool("one.vn.info", tampered, False).findtext("VLAN_ID") == str(row["found"]), f"found: {row}")
    print(indented(minion.call("--retcode-passthrough", "opennebula.drift", "format=table", status=2)[0]))

    say("6. And lets a group use all networks", "salt-call --local opennebula.audit format=table")
    minion.call("opennebula.audit")
    witness.call("one.acl.addrule", hex(0x200000000 | groups["staff"]), *NET_USE)
    holes, _ = minion.call("--retcode-passthrough", "opennebula.audit", status=2)
    (hole,) = holes["findings"]
    must("group staff" in hole["finding"], f"found: {hole}")
    print(indented(f"{hole['severity']}  {hole['object']}: {hole['finding']}\n      {hole['cure']}"))
    calls = calls_between(before, witness.counters())
    print(
        f"\ntakeover: {exported['total']} objects exported, {exported['blueprints']} blueprints, "
        f"{len(changed(again))} changes after adoption, {len(found['drift'])} drift, {len(holes['findings'])} hole; "
        f"{sum(calls.values())} calls, {time.monotonic() - began:.0f} s"
    )


def build(witness: Witness) -> dict[str, int]:
    """Forty users of three types, whose groups are in no VDC; returns the IDs of the groups."""
    built = clouds.forty(witness.call)
    for number in (1, *(number for number in built.groups.values() if number > 1)):
        if str(number) in [each.text for each in witness.pool("one.vdc.info", 0, False).iterfind("GROUPS/ID")]:
            witness.call("one.vdc.delgroup", 0, number)
    # The shared one.
    built.permit("one.vn", number_of(witness, "students07", "lan"), "600")
    return built.groups


def number_of(witness: Witness, owner: str, name: str) -> int:
    """The ID of a network."""
    for each in witness.pool(*NETWORKS).iterfind("VNET"):
        if (each.findtext("UNAME"), each.findtext("NAME")) == (owner, name):
            return int(each.findtext("ID"))
    raise LookupError(name)


def pools(witness: Witness) -> list[Any]:
    """Every existing object of the kinds, except those of a new cloud."""
    found = [*witness.pool(*NETWORKS), *witness.pool("one.hostpool.info")]
    for method in ("one.userpool.info", "one.grouppool.info"):
        found += [each for each in witness.pool(method) if each.findtext("NAME") and int(each.findtext("ID")) > 1]
    return found


def objects(witness: Witness) -> int:
    return len(pools(witness))


def marked(witness: Witness) -> int:
    """The number of objects with a mark."""
    return sum(1 for each in pools(witness) if each.findtext(f"TEMPLATE/{ATTRIBUTE}"))


def unmarked(witness: Witness) -> list[tuple[str, str, str, dict[str, str]]]:
    """The objects, without their marks."""
    found = []
    for each in pools(witness):
        attributes = {one.tag: "".join(one.itertext()) for one in each.iterfind("TEMPLATE/*") if one.tag != ATTRIBUTE}
        rest = "".join("".join(one.itertext()) for one in each if one.tag not in ("TEMPLATE", "AR_POOL", "MONITORING"))
        found.append((each.tag, each.findtext("ID"), rest, attributes))
    return found


def changed(states: dict[str, Any]) -> dict[str, Any]:
    """The changes of single objects, by state."""
    every = {tag: state["changes"] for tag, state in states.items() if state["changes"]}
    return {tag: changes for tag, changes in every.items() if not tag.startswith("opennebula_|-")}


def indented(text: str) -> str:
    return "".join(f"   {line}\n" for line in text.splitlines()).rstrip()


if __name__ == "__main__":
    show(main)
