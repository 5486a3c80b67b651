"""What a run can know beforehand is refused before the first write, with the same words in a dry run."""

import pytest

from onecore.basics.plan import Desired
from onecore.engine.converge import converge
from onecore.kinds.registry import KINDS
from onecore.orchestration.users import faults
from tests.doubles.simulated import Simulated
from tools.coverage import data, needs

BRIDGE = {"driver": "bridge", "bridge": "br0"}
HUGE = 2**64
#: Kind, what is declared first (nothing: it is created as refused), what is refused, and why.
REFUSED = [
    ("onevnet", {}, {**BRIDGE, "driver": "brigde"}, "driver: this cloud has no driver 'brigde', only 802.1Q, bridge, "),
    ("onevnet", BRIDGE, {"driver": "brigde"}, "add it to VN_MAD_CONF in its oned.conf"),
    ("onedatastore", {}, {"ds_mad": "sf", "tm_mad": "shared"}, "ds_mad: this cloud has no driver 'sf', only ceph, "),
    ("onedatastore", {}, {"ds_mad": "dummy", "tm_mad": "shard"}, "tm_mad: this cloud has no driver 'shard'"),
    ("onedatastore", {"ds_mad": "dummy", "tm_mad": "dummy"}, {"ds_mad": "sf", "tm_mad": "dummy"}, "no driver 'sf'"),
    ("onevm", {}, {"raw": {"type": "kvn", "data": "<a/>"}}, "raw.type: this cloud has no driver 'kvn', only dummy"),
    ("onevm", {"raw": {"type": "dummy", "data": "<a/>"}}, {"raw": {"type": "kvn"}}, "no driver 'kvn'"),
    ("onevm", {}, {"tpm": {"version": "2.0"}}, "tpm.model: set the model of the trusted platform module"),
    ("onevm", {}, {"memory": HUGE}, "memory: must be a size in MB"),
    ("onevm", {"memory": 64}, {"memory": f"{HUGE}T"}, "memory: must be a size in MB"),
    ("onevm", {"cpu": 0.1}, {"cpu": 1e20}, "cpu: must be a positive number"),
    ("onevrouter", {}, {"vms": 1, "memory": HUGE}, "memory: must be a size in MB"),
    ("oneuser", {}, {"quota": {"memory": HUGE}}, "quota:memory: must be a size in MB"),
    ("oneimage", {"fs": "ext4"}, {"fs": "x" * 3000}, "fs cannot be changed from ext4 to x"),
]


@pytest.fixture
def simulated():
    simulated = Simulated()
    assert [each.error for each in converge(simulated.connect(), KINDS, list(needs())) if each.error] == []
    return simulated


def declare(simulated, cli, values, test=False):
    """Its report, and the calls that wrote."""
    wire = simulated.wire()
    values = {**data("attributes")[cli]["base"], **values}
    desired = Desired(cli, "odd", None, values, "sls/oneadmin", disruption=True)
    (report,) = converge(simulated.connect(wire), KINDS, [desired], test)
    return report, wire.writes


@pytest.mark.parametrize(("cli", "first", "then", "why"), REFUSED, ids=[f"{each[0]}:{each[3]}" for each in REFUSED])
def test_a_refusal(simulated, cli, first, then, why):
    if first:
        assert declare(simulated, cli, first)[0].error == ""
    foreseen, done = declare(simulated, cli, then, test=True), declare(simulated, cli, then)
    assert why in foreseen[0].error
    assert (done[0].error, done[1]) == (foreseen[0].error, [])
    assert len(done[0].comment(False)) < 800


def test_a_usual_driver_costs_no_call(simulated):
    wire = simulated.wire()
    desired = Desired("onevnet", "usual", None, BRIDGE, "sls/oneadmin")
    (report,) = converge(simulated.connect(wire), KINDS, [desired])
    assert (report.error, wire.calls["one.system.config"]) == ("", 0)


def test_a_driver_of_the_cloud(simulated):
    assert declare(simulated, "onevnet", {**BRIDGE, "driver": "elastic"})[0].error == ""


def test_an_item_that_is_null_in_a_list_is_left_out(simulated):
    """As in a vector by itself."""
    values = {"attributes": {"X": [{"A": "1", "B": None}, {"A": "2"}]}}
    for pending in (True, False):
        report, _ = declare(simulated, "onevm", values)
        assert (report.error, report.pending) == ("", pending)


#: Declarations that contradict themselves: kind, values, the path of the error and what it says.
CONTRADICTIONS = [
    ("onevmgroup", {"roles": {"a": {}, "b": {}}, "affined": [["a", "c"]]}, "affined", "there is no role c"),
    ("onevnet", {"driver": "802.1Q", "phydev": "eth1", "vlan_id": 5000}, "vlan_id", "5000 is above 4094"),
    ("onevntemplate", {"driver": "802.1Q", "phydev": "eth1", "vlan_id": 5000}, "vlan_id", "5000 is above 4094"),
    ("oneimage", {"type": "RAMDISK", "persistent": True}, "persistent", "an image of type RAMDISK never is"),
]


@pytest.mark.parametrize(("cli", "values", "place", "why"), CONTRADICTIONS, ids=[each[0] for each in CONTRADICTIONS])
def test_what_contradicts_itself_is_a_fault(cli, values, place, why):
    (fault,) = faults({"objects": {cli: {"odd": values}}})
    assert str(fault).startswith(f"opennebula.objects.{cli}.odd.{place}:")
    assert why in str(fault)


def test_rules_without_roles_are_no_contradiction():
    """They are those of a VM group that exists."""
    assert faults({"objects": {"onevmgroup": {"odd": {"affined": [["a", "c"]]}}}}) == []
