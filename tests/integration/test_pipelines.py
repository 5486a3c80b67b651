"""A pipeline with a real master: from an ISO to published images, in parallel within limits, completed by a rerun."""

import json
import signal

import pytest
from lxml import etree

from ..functional.guests import guests

STAGES = {
    "Fresh": {"iso": "debian-netinst", "template": "installer", "datastore": "default", "size": "8G"},
    "Daily": {"from": "Fresh", "context": {"ACTION": "upgrade"}, "permissions": "644"},
    "Instance": {"from": "Daily", "context": {"ACTION": "configure"}, "permissions": "644"},
    "Tests": {"from": "Instance", "context": {"ACTION": "test"}, "publish": False},
}
LIMIT, MODULES = 2, ("amon", "horus", "scribe")
NIGHT = {
    "shared": {
        "images": {"debian-netinst": {"datastore": "default", "type": "CDROM", "path": "/var/tmp/debian.iso"}},
        "templates": {"installer": {"cpu": 0.5, "memory": "512M"}},
    },
    "pipelines": {"night": {"limit": LIMIT, "keep": 1, "stages": STAGES, "modules": {name: {} for name in MODULES}}},
}


@pytest.fixture(scope="module")
def night(declare, runner, salt_call_cli):
    """The pipeline is declared, and what it begins with is there."""
    declare("night", NIGHT)
    shared = salt_call_cli.run("state.single", "opennebula.shared", "shared")
    assert shared.returncode == 0, shared


class Workers:
    """The guests of a pipeline's VMs: they power themselves off, but for those that are to fail."""

    def __init__(self, cloud, failing=()):
        self.cloud, self.failing, self.most = cloud, failing, 0

    def __call__(self, name):
        vms = etree.fromstring(self.cloud.call("one.vmpool.infoextended", -2, -1, -1, -1).encode()).findall("VM")
        at_work = [vm for vm in vms if not vm.findtext("USER_TEMPLATE/FAILED")]
        self.most = max(self.most, len(at_work))
        return "failed" if name in self.failing else "poweroff"


def published(witness, tag):
    pool = witness.pool(f"one.{'image' if tag == 'IMAGE' else 'template'}pool.info", -2, -1, -1)
    return {each.findtext("NAME"): each for each in pool.iterfind(tag) if each.findtext("TEMPLATE/SALT_PUBLISHED")}


def states(told):
    return {name: stage["state"] for name, stage in told["stages"].items()}


def test_a_night_with_a_failure_and_the_run_that_completes_it(night, runner, embedded, witness, tmp_path):
    report, options = tmp_path / "night.xml", {"pipeline": "night", "build": "1"}
    workers = Workers(embedded, failing={"horus-Daily-build"})
    with guests(embedded, workers):
        code, done = runner("state.orchestrate", "orch.nightly", pillar={**options, "junit": str(report)})
    assert code == 1
    ((state,),) = [host.values() for host in done["data"].values()]
    told = state["changes"]["return"]
    lost = {"horus-Daily": "failed", "horus-Instance": "skipped", "horus-Tests": "skipped"}
    assert states(told) == {f"{module}-{stage}": "done" for module in MODULES for stage in STAGES} | lost
    assert "the guest reports a failure" in told["error"]
    assert workers.most <= LIMIT
    (suite,) = etree.parse(report).getroot()
    assert [suite.get(key) for key in ("tests", "failures", "skipped")] == ["12", "1", "2"]

    with guests(embedded, Workers(embedded)):
        code, done = runner("state.orchestrate", "orch.nightly", pillar=options)
    assert code == 0, done
    images, templates = published(witness, "IMAGE"), published(witness, "VMTEMPLATE")
    assert (
        set(images)
        == set(templates)
        == {f"{each}-{stage}" for each in MODULES for stage in STAGES} - {f"{module}-Tests" for module in MODULES}
    )
    for name, template in templates.items():
        assert template.findtext("TEMPLATE/BUILD") == "1"
        assert template.findtext("TEMPLATE/DISK/IMAGE_ID") == images[name].findtext("ID")
    assert len(witness.pool("one.vmpool.info", -2, -1, -1, -1)) == 0


def test_a_run_that_is_interrupted_keeps_others_away_and_is_completed_by_the_next(night, begin, runner, embedded):
    words = ("onepipeline.run", "night", "module=amon", "build=2")
    first = begin(*words)
    assert any("waiting for the guest" in line for line in first.stderr)
    code, refused = runner(*words)
    assert code == 1
    assert f"Module amon is busy with another run: onepipeline.run, process {first.pid}" in refused
    first.send_signal(signal.SIGINT)
    out, err = first.communicate()
    assert first.returncode == 1
    assert states(json.loads(out)) == {
        "amon-Fresh": "failed",
        "amon-Daily": "skipped",
        "amon-Instance": "skipped",
        "amon-Tests": "skipped",
    }
    assert "Traceback" not in err
    with guests(embedded, Workers(embedded)):
        code, told = runner(*words)
    assert code == 0, told
    assert told["totals"]["done"] == len(STAGES)
