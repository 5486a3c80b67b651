"""Orchestrations without a running master: from salt-call on a masterless minion, and from salt-run."""

import json

import pytest

from onesim.testing import running
from tools.masterless import Failed, Master, Minion, Witness

from ..functional.guests import guests

ALICE = {"user": "alice"}


@pytest.fixture(scope="module")
def embedded():
    with running() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def minion(embedded, repository, tmp_path_factory):
    """A masterless minion; a master's configuration lies beside its own, and no daemon of either runs."""
    minion = Minion(
        tmp_path_factory.mktemp("masterless"), embedded.endpoint, repository / "pillar" / "examples" / "schools"
    )
    minion.master = Master(minion)
    minion.master.run("saltutil.sync_all")
    minion.call("saltutil.sync_all")
    minion.call("state.single", "opennebula.shared", "shared")
    return minion


@pytest.fixture(params=["salt-call", "salt-run"])
def orchestrate(request, minion):
    """Run an orchestration; raises Failed when its exit status is not 0."""

    def by_minion(name, pillar):
        return minion.call("state.apply", f"orch.{name}", f"pillar={json.dumps(pillar)}")

    def by_master(name, pillar):
        return minion.master.run("state.orchestrate", f"orch.{name}", f"pillar={json.dumps(pillar)}")

    return by_minion if request.param == "salt-call" else by_master


def labs(embedded):
    found = Witness(embedded.endpoint).pool("one.vmpool.infoextended", -2, -1, -1, -1).iterfind("VM")
    return sorted(vm.findtext("NAME") for vm in found if vm.findtext("USER_TEMPLATE/LAB") == "school")


def test_a_user_is_added_reset_and_rebuilt(orchestrate, embedded):
    orchestrate("add_user", ALICE)
    assert labs(embedded) == ["database", "web"]
    orchestrate("reset_vm", {**ALICE, "vm": "web"})
    orchestrate("rebuild_lab", {**ALICE, "lab": "school"})
    assert labs(embedded) == ["database", "web"]


def test_a_failure_is_one(orchestrate):
    with pytest.raises(Failed, match="failed"):
        orchestrate("reset_vm", {**ALICE, "vm": "wbe"})


def test_a_night(orchestrate, embedded, request):
    with guests(embedded, lambda name: "poweroff" if name.startswith("server-") else None):
        orchestrate("nightly", {"build": request.node.name})
    templates = Witness(embedded.endpoint).pool("one.templatepool.info", -2, -1, -1).iterfind("VMTEMPLATE")
    builds = {each.findtext("NAME"): each.findtext("TEMPLATE/BUILD") for each in templates}
    assert builds["server-Daily"] == builds["server-Instance"] == request.node.name
