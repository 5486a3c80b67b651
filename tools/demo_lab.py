"""Labs, shown: built for two users, reset, rebuilt on a newer image, and a small nightly pipeline.

Runs real Salt, without a master that runs, against an embedded OpenNebula that it starts itself. Exits non-zero when
anything is not as it must be.
"""

from __future__ import annotations

import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lxml import etree
from masterless import Failed, Master, Minion, Witness, calls_between, workshop

USERS = ("alice", "basile")
#: The VM that is reset.
RESET = ("alice", "database")
NIGHTLY = """\
# One module, two stages: an upgrade of what the labs are made of, and a test of it.
opennebula:
  pipelines:
    nightly:
      stages:
        Daily: {template: server}
        Tests: {from: Daily, publish: false}
      modules: {server: {}}
"""
RUNNING, DONE = ("3", "3"), "6"
#: VMs that do their work and power themselves off: those of the pipeline.
WORKERS = re.compile(r"server-(Daily|Tests)-build")


def main() -> None:
    with workshop() as (minion, witness):
        keep_users(minion)
        master = Master(minion)
        began, before = time.monotonic(), witness.counters()
        say("1. The users' networks and accounts", "salt-call --local state.apply")
        minion.call("state.apply")
        master.run("saltutil.sync_all")

        perform(master, "2. A lab for each of them", "onelab.build", "school")
        perform(master, "3. One VM, back to its initial snapshot", "onelab.reset", f"user={RESET[0]}", f"vm={RESET[1]}")
        reverted = must_be_reverted(witness)

        say("4. A newer image", "salt-call --local state.single oneimage.published debian-12 build=debian-12-build")
        publish_newer_image(minion)
        perform(master, "5. The lab on it", "onelab.rebuild", "school", f"junit={minion.folder / 'school.xml'}")
        must_be_of_newest_image(witness)
        show_report(minion)

        with working_guests(witness):
            perform(master, "6. A small nightly pipeline", "onepipeline.run", "nightly")
        say("7. A VM whose time is over", "salt-run onevm.expire")
        short_lived(minion)
        master.run("onevm.expire")
        finish(witness, before, began, reverted)


def keep_users(minion: Minion) -> None:
    """Leave two users in the copy of the example pillar, and add the pipeline."""
    folder = minion.pillar / "opennebula"
    for file in (folder / "users").glob("*.sls"):
        if file.stem not in USERS:
            file.unlink()
    (folder / "users" / "zz-nightly.sls").write_text(NIGHTLY)


def perform(master: Master, title: str, *words: str) -> None:
    """Run a runner's function and show what it tells."""
    say(title, f"salt-run {' '.join(words)}")
    _, told = master.run(*words)
    print("".join(f"   {line}\n" for line in told if line.strip()), end="")


def publish_newer_image(minion: Minion) -> None:
    build = ("datastore=default", "type=OS", "path=/var/tmp/debian-12-new.qcow2", "dev_prefix=vd")
    minion.call("state.single", "oneimage.present", "debian-12-build", *build)
    minion.call("state.single", "oneimage.published", "debian-12", "build=debian-12-build", "permissions='644'")


def short_lived(minion: Minion) -> None:
    values = ("template=server", "expires='2026-01-01'", "power=running")
    minion.call("state.single", "onevm.present", "probe", *values)


@contextmanager
def working_guests(witness: Witness) -> Iterator[None]:
    """While the block runs, the VMs of the pipeline do their work: they power themselves off."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.2):
            for vm in vms(Witness(witness.endpoint)):
                if state(vm) == RUNNING and WORKERS.fullmatch(vm.findtext("NAME")):
                    witness.call("one.vm.action", "poweroff", int(vm.findtext("ID")))

    guests = threading.Thread(target=work)
    guests.start()
    try:
        yield
    finally:
        over.set()
        guests.join()


def vms(witness: Witness, which: int = -1) -> list[Any]:
    """VMs as the cloud tells of them; all but those that are gone, unless another state is asked for."""
    return witness.pool("one.vmpool.infoextended", -2, -1, -1, which).findall("VM")


def state(vm: Any) -> tuple[str, str]:
    return vm.findtext("STATE"), vm.findtext("LCM_STATE")


def of_labs(witness: Witness) -> list[Any]:
    return [vm for vm in vms(witness) if vm.findtext("USER_TEMPLATE/LAB")]


def must_be_reverted(witness: Witness) -> int:
    """How many disks the cloud says are at their initial snapshot, of the VM that was reset."""
    (vm,) = [each for each in of_labs(witness) if (each.findtext("UNAME"), each.findtext("NAME")) == RESET]
    active = vm.xpath("SNAPSHOTS/SNAPSHOT[ACTIVE='YES']/NAME/text()")
    must(active == ["initial"] * 2, f"the disks are at {active}")
    must(state(vm) == RUNNING, "the VM does not run again")
    return len(active)


def must_be_of_newest_image(witness: Witness) -> None:
    images = witness.pool("one.imagepool.info", -2, -1, -1).findall("IMAGE")
    newest = next(each.findtext("ID") for each in images if each.findtext("NAME") == "debian-12")
    used = {vm.findtext("TEMPLATE/DISK/IMAGE_ID") for vm in of_labs(witness)}
    must(used == {newest}, f"the lab's VMs are of images {used}, and the newest is {newest}")


def show_report(minion: Minion) -> None:
    report = etree.parse(minion.folder / "school.xml").getroot().find("testsuite")
    print(f"   JUnit: {report.get('tests')} tests, {report.get('failures')} failures")
    must((report.get("tests"), report.get("failures")) == ("4", "0"), "the JUnit file says otherwise")


def finish(witness: Witness, before: dict[str, int], began: float, reverted: int) -> None:
    """The last line, computed from what the cloud says."""
    templates = witness.pool("one.templatepool.info", -2, -1, -1).findall("VMTEMPLATE")
    published = [each for each in templates if each.findtext("TEMPLATE/SALT_PUBLISHED") == each.findtext("NAME")]
    expired = [vm for vm in vms(witness, int(DONE)) if vm.findtext("USER_TEMPLATE/SALT_EXPIRES")]
    orphans = list(leftovers(witness))
    must(not orphans, f"left behind: {', '.join(orphans)}")
    must(len(published) == 1, f"{len(published)} templates are published")
    must(len(expired) == 1, f"{len(expired)} VMs expired")
    running = [vm for vm in of_labs(witness) if state(vm) == RUNNING]
    must(len(running) == 4, f"{len(running)} VMs of the labs run")
    calls = sum(calls_between(before, witness.counters()).values())
    print(
        f"\nlab: {len(running)} VMs running, {reverted} disks reverted, {len(published)} published, {len(expired)} "
        f"expired; {len(orphans)} orphans, {calls} calls, {time.monotonic() - began:.0f} s"
    )


def leftovers(witness: Witness) -> Iterator[str]:
    """What is there and belongs to nothing that is declared: VMs of no lab and no gateway, unpublished builds."""
    for vm in vms(witness):
        if not (vm.findtext("USER_TEMPLATE/LAB") or vm.findtext("NAME") == "gateway"):
            yield f"VM {vm.findtext('NAME')}"
    for pool, tag in (("one.imagepool.info", "IMAGE"), ("one.templatepool.info", "VMTEMPLATE")):
        for each in witness.pool(pool, -2, -1, -1).iterfind(tag):
            if each.findtext("NAME").endswith("-build"):
                yield f"{tag} {each.findtext('NAME')}"


def say(title: str, command: str) -> None:
    print(f"\n{title}\n   $ {command}", flush=True)


def must(holds: bool, why: str) -> None:
    if not holds:
        raise Failed(why)


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        print(f"demo failed: {failure}", file=sys.stderr)
        sys.exit(1)
