"""Demonstrate labs: built for two users, one VM reset, all rebuilt on a newer image, docker hosts, a small nightly
pipeline.

Runs real Salt, without a running master, against an embedded OpenNebula that it starts itself. Exits non-zero if a
result is unexpected.
"""

from __future__ import annotations

import pathlib
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lxml import etree
from masterless import Master, Minion, Witness, calls_between, must, say, show, workshop

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "salt" / "_utils"))
from onecore.bridge import output

USERS = ("alice", "basile")
LAB, SIZE = "school", 4
#: The lab whose VMs are ready when docker answers in them, and its owner.
DOCKER, DOCKER_HOSTS, DOCKER_OWNER = "docker", 2, "basile"
ONEGATE = "http://127.0.0.1:5030"
#: The VM that is changed and reset.
OWNER, NAME = "alice", "database"
RUNNING, DONE = ("3", "3"), "6"
#: VMs that power themselves off after their work: those of the pipeline.
WORKERS = re.compile(r"server-(Daily|Instance|Tests)-build")
STAGES, PUBLISHED = 3, 2


def main() -> None:
    with workshop("--onegate", ONEGATE) as (minion, witness):
        began, before = time.monotonic(), witness.counters()
        master = prepare(minion, witness)
        say("2. A lab for each: first the database, then the web server; a snapshot of every disk")
        perform(master, "onelab.build", LAB)
        reverted = work_and_reset(minion, master, witness)
        addresses = addresses_of(witness)

        say("5. A newer image takes over the name that the lab's template uses")
        publish_newer_image(minion)
        say("6. The lab on it: new VMs, of the same names and addresses")
        perform(master, "onelab.rebuild", LAB, f"junit={minion.folder / 'school.xml'}")
        must_be_of_newest_image(witness)
        must(addresses_of(witness) == addresses, "the addresses have changed")
        show_report(minion.folder / "school.xml", SIZE)

        say("7. Docker hosts: ready when the guest reports that docker answers")
        with working_guests(witness):
            perform(master, "onelab.build", DOCKER, f"user={DOCKER_OWNER}")
            perform(master, "onelab.reset", f"user={DOCKER_OWNER}", "vm=builder")

        say("8. The night: an upgrade of what the labs are made of, an instance of that, and a test")
        with working_guests(witness):
            perform(master, "onepipeline.run", "nightly", f"junit={minion.folder / 'nightly.xml'}")
        show_report(minion.folder / "nightly.xml", STAGES)
        say("9. A VM whose time is over")
        let_expire(minion, master)
        finish(witness, before, began, reverted)


def prepare(minion: Minion, witness: Witness) -> Master:
    """Two users of the example pillar, with their objects."""
    say(f"1. {' and '.join(USERS)}: an account, networks and a gateway each", "salt-call --local state.apply")
    for file in (minion.pillar / "opennebula" / "users").glob("*.sls"):
        if file.stem not in (*USERS, "init"):
            file.unlink()
    minion.call("state.apply")
    print(f"   {len(witness.networks())} networks, {len(witness.gateways())} gateways")
    master = Master(minion)
    master.run("saltutil.sync_all")
    return master


def perform(master: Master, *words: str, steps: bool = False) -> None:
    """Run a runner's function and show its output: a table at the end, and the steps before it if there are few."""
    shown = [re.sub(r"junit=.*/", "junit=", word) for word in words]
    print(f"   $ salt-run {' '.join(shown)}", flush=True)
    data, told = master.run(*words)
    lines = [line for line in told if steps and line.startswith("[")] + (output.as_text(data) or "").splitlines()
    print("".join(f"   {line}\n" for line in lines if line.strip()), end="")


def work_and_reset(minion: Minion, master: Master, witness: Witness) -> int:
    """Change the disks of one VM and revert them; returns how many were reverted, according to the cloud."""
    snapshot = ("onevm.snapshot_present", NAME, f"owner={OWNER}", "snapshot=experiment")
    say(f"3. {OWNER} tries something in {NAME}", f"salt-call --local state.single {' '.join(snapshot)}")
    minion.call("state.single", *snapshot)
    changed = show_disks(witness)
    say("4. All of it undone: one command, and few steps")
    perform(master, "onelab.reset", f"user={OWNER}", f"vm={NAME}", steps=True)
    back = show_disks(witness)
    must(set(changed) == {"experiment"} and back == ["initial"] * len(changed), "the disks were not put back")
    must(state(the_vm(witness)) == RUNNING, "the VM does not run again")
    return len(back)


def show_disks(witness: Witness) -> list[str]:
    """The active snapshots of the VM's disks, according to the cloud."""
    active = the_vm(witness).xpath("SNAPSHOTS/SNAPSHOT[ACTIVE='YES']/NAME/text()")
    print(f"   {NAME} of {OWNER} has its {len(active)} disks at: {', '.join(active)}")
    return active


def publish_newer_image(minion: Minion) -> None:
    build = ("datastore=default", "type=OS", "path=/var/tmp/debian-12-new.qcow2", "dev_prefix=vd")
    minion.call("state.single", "oneimage.present", "debian-12-build", *build)
    single(minion, "oneimage.published", "debian-12", "build=debian-12-build", "permissions='644'")


def let_expire(minion: Minion, master: Master) -> None:
    single(minion, "onevm.present", "probe", "template=server", "power=running", "expires='2026-01-01'")
    print("   $ salt-run onevm.expire")
    rows, _ = master.run("onevm.expire")
    for row in rows:
        print(f"   {row['comment']}")


def single(minion: Minion, *words: str) -> None:
    """Run one state and show its comment."""
    print(f"   $ salt-call --local state.single {' '.join(words)}", flush=True)
    states, _ = minion.call("state.single", *words)
    for each in states.values():
        print(f"   {each['comment']}")


@contextmanager
def working_guests(witness: Witness) -> Iterator[None]:
    """Simulate guests while the block runs: those of the pipeline power themselves off, docker hosts report."""
    over = threading.Event()

    def work() -> None:
        own = Witness(witness.endpoint)
        while not over.wait(0.2):
            for vm in vms(own):
                if state(vm) == RUNNING and WORKERS.fullmatch(vm.findtext("NAME")):
                    own.call("one.vm.action", "poweroff", int(vm.findtext("ID")))
                elif state(vm) == RUNNING and awaits_report(vm):
                    own.call("one.vm.update", int(vm.findtext("ID")), "READY=YES", 1)

    guests = threading.Thread(target=work)
    guests.start()
    try:
        yield
    finally:
        over.set()
        guests.join()


def awaits_report(vm: Any) -> bool:
    """Whether its guest would report to OneGate now that docker answers."""
    return bool(vm.findtext("TEMPLATE/CONTEXT/ONEGATE_ENDPOINT")) and vm.findtext("USER_TEMPLATE/READY") != "YES"


def vms(witness: Witness, which: int = -1) -> list[Any]:
    """The VMs of the cloud; all except terminated ones, unless another state is given."""
    return witness.pool("one.vmpool.infoextended", -2, -1, -1, which).findall("VM")


def state(vm: Any) -> tuple[str, str]:
    return vm.findtext("STATE"), vm.findtext("LCM_STATE")


def of_labs(witness: Witness, *labs: str) -> list[Any]:
    """The VMs of labs; all of them, unless labs are given."""
    found = [(vm.findtext("USER_TEMPLATE/LAB"), vm) for vm in vms(witness)]
    return [vm for lab, vm in found if lab and (not labs or lab in labs)]


def the_vm(witness: Witness) -> Any:
    (vm,) = [each for each in of_labs(witness, LAB) if (each.findtext("UNAME"), each.findtext("NAME")) == (OWNER, NAME)]
    return vm


def addresses_of(witness: Witness) -> dict[tuple[str, str], list[str]]:
    """The addresses of the labs' VMs, by owner and name."""
    found = of_labs(witness, LAB)
    return {(vm.findtext("UNAME"), vm.findtext("NAME")): vm.xpath("TEMPLATE/NIC/IP/text()") for vm in found}


def must_be_of_newest_image(witness: Witness) -> None:
    images = witness.pool("one.imagepool.info", -2, -1, -1).findall("IMAGE")
    newest = next(each.findtext("ID") for each in images if each.findtext("NAME") == "debian-12")
    used = {vm.findtext("TEMPLATE/DISK/IMAGE_ID") for vm in of_labs(witness, LAB)}
    must(used == {newest}, f"the lab's VMs are of images {used}, and the newest is {newest}")


def show_report(path: Any, tests: int) -> None:
    report = etree.parse(path).getroot().find("testsuite")
    print(f"   {path.name}: {report.get('tests')} tests, {report.get('failures')} failures")
    must((report.get("tests"), report.get("failures")) == (str(tests), "0"), "the JUnit file says otherwise")


def finish(witness: Witness, before: dict[str, int], began: float, reverted: int) -> None:
    """The last line, computed from the data of the cloud."""
    calls = sum(calls_between(before, witness.counters()).values())
    templates = witness.pool("one.templatepool.info", -2, -1, -1).findall("VMTEMPLATE")
    published = [each for each in templates if each.findtext("TEMPLATE/SALT_PUBLISHED") == each.findtext("NAME")]
    expired = [vm for vm in vms(witness, int(DONE)) if vm.findtext("USER_TEMPLATE/SALT_EXPIRES")]
    orphans = list(leftovers(witness))
    must(not orphans, f"left behind: {', '.join(orphans)}")
    must(len(published) == PUBLISHED, f"{len(published)} templates are published")
    must(len(expired) == 1, f"{len(expired)} VMs expired")
    running = [vm for vm in of_labs(witness) if state(vm) == RUNNING]
    must(len(running) == SIZE + DOCKER_HOSTS, f"{len(running)} VMs of the labs run")
    print(
        f"\nlab: {len(running)} VMs running, {reverted} disks reverted, {len(published)} published, {len(expired)} "
        f"expired; {len(orphans)} orphans, {calls} calls, {time.monotonic() - began:.0f} s"
    )


def leftovers(witness: Witness) -> Iterator[str]:
    """Objects that are not declared: VMs outside of labs and gateways, unpublished builds."""
    for vm in vms(witness):
        if not (vm.findtext("USER_TEMPLATE/LAB") or vm.findtext("NAME") == "gateway"):
            yield f"VM {vm.findtext('NAME')}"
    for pool, tag in (("one.imagepool.info", "IMAGE"), ("one.templatepool.info", "VMTEMPLATE")):
        for each in witness.pool(pool, -2, -1, -1).iterfind(tag):
            if each.findtext("NAME").endswith("-build"):
                yield f"{tag} {each.findtext('NAME')}"


if __name__ == "__main__":
    show(main)
