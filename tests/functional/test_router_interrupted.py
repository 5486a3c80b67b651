"""An interrupted change of a virtual router: the next run completes it, without duplicates and orphans."""

import pytest

from onecore.basics.plan import Desired
from onecore.engine.converge import converge
from onecore.engine.removal import remove
from onecore.kinds.registry import KINDS
from onecore.kinds.vm.kind import VM
from onecore.orchestration.users import build, demolish
from onecore.wire.client import is_read
from tests.doubles.dying import Dying, PowerCut
from tests.doubles.samples import sampled
from tests.doubles.simulated import Simulated, Wire

RANGE = {"TYPE": "IP4", "IP": "10.0.0.1", "SIZE": "9"}
MACHINE = {"CPU": "1", "MEMORY": "64", "CONTEXT": {"NETWORK": "YES"}}
SEED = {
    "users": [{"name": "alice", "password": "pw"}],
    "networks": [{"name": "lan", "owner": "alice", "VN_MAD": "bridge", "AR": RANGE}],
    "templates": [{"name": "router", "permissions": "604", "VROUTER": "YES", **MACHINE}],
}
MADE = {"template": "router", "template_owner": "oneadmin", "vms": 2, "power": "poweroff", "memory": 96}
#: Everything of its VMs is another, and there is one more of them.
CHANGED = {**MADE, "vms": 3, "power": "running", "memory": 128, "vm_name": "edge%i", "context": {"vm_name": ""}}
CHANGED["nics"] = [{"network": "lan"}]


def declare(cloud, values):
    (report,) = converge(cloud, KINDS, [Desired("onevrouter", "gw", "alice", values, "sls/alice", disruption=True)])
    return report.error


def prepared():
    """A cloud with the router as it is at first."""
    simulated = Simulated()
    simulated.sow(SEED)
    assert declare(simulated.connect(), MADE) == ""
    return simulated


def test_a_change_that_dies_anywhere_is_completed():
    whole = prepared()
    wire = whole.wire()
    assert declare(whole.connect(wire), CHANGED) == ""
    expected = whole.content()
    writes = [number for number, (method, _) in enumerate(wire.log, 1) if not is_read(method)]
    assert len(writes) > 10
    for after in (False, True):
        for number in sampled(writes):
            simulated = prepared()
            with pytest.raises(PowerCut):
                declare(simulated.connect(Dying(simulated.wire(), number, after)), CHANGED)
            assert declare(simulated.connect(), CHANGED) == "", (number, after)
            assert simulated.content() == expected, (number, after)
            assert sorted(vm.name for vm in simulated.connect().pool(VM)) == ["edge0", "edge1", "edge2"]
            again = simulated.wire()
            assert (declare(simulated.connect(again), CHANGED), again.writes) == ("", [])


@pytest.mark.parametrize("name", ["gw-1", "gw-2"])
def test_a_vm_that_was_never_started_goes_where_there_are_enough(name):
    """The run that created it beside another run was interrupted before it removed it."""
    simulated = prepared()
    expected = simulated.content()
    (router,), before = simulated.connect().pool(KINDS["onevrouter"]), set(simulated.connect().pool(VM).by_id)
    mark = f'SALT_MANAGED="sls/alice/onevm/{name}"\nSALT_RELEASE="YES"\nAS_UID="{router.uid}"\nAS_GID="{router.gid}"'
    simulated.call("one.vrouter.instantiate", router.id, 1, 0, name, True, mark)
    simulated.settle()
    number = max(simulated.connect().pool(VM).by_id)
    dry, wire = simulated.wire(), simulated.wire()
    wanted = Desired("onevrouter", "gw", "alice", MADE, "sls/alice")
    (foreseen,) = converge(simulated.connect(dry), KINDS, [wanted], test=True)
    assert (foreseen.changes(True), dry.writes) == (
        {f"vms:{name}": {"old": f"ID {number}, never used", "new": None}},
        [],
    )
    (report,) = converge(simulated.connect(wire), KINDS, [wanted])
    assert (report.error, report.changes(False)) == ("", foreseen.changes(True))
    assert set(simulated.connect().pool(VM).by_id) == before
    assert simulated.content() == expected
    again = simulated.wire()
    assert (declare(simulated.connect(again), MADE), again.writes) == ("", [])


class Removed(Wire):
    """A wire on which a late call of an interrupted run removes the router right before this run does."""

    def __init__(self, simulated):
        super().__init__(simulated)
        self.simulated = simulated

    def reply(self, method, params):
        if method == "one.vrouter.delete":
            self.simulated.call(method, *params[1:])
        return super().reply(method, params)


def test_its_vms_are_awaited_even_if_the_router_is_gone():
    simulated = prepared()
    report = remove(simulated.connect(Removed(simulated)), KINDS["onevrouter"], "gw", "alice")
    assert report.error == ""
    assert simulated.connect().pool(VM).by_id == {}


def test_a_network_is_removed_although_the_vms_of_a_router_that_is_gone_are_still_leaving():
    config = {
        "blueprints": {
            "team": {
                "networks": {"lan": {"driver": "bridge", "bridge": "br0", "cidr": "10.1.0.0/24", "first": "10.1.0.5"}},
                "gateway": {
                    "template": "router",
                    "uplink": {"network": "up", "owner": "oneadmin"},
                    "lan": {"lan": "10.1.0.7"},
                    "virtual_router": {"vms": 1},
                },
            }
        },
        "users": {"bob": {"blueprint": "team"}},
    }
    simulated = Simulated()
    up = {"name": "up", "permissions": "604", "VN_MAD": "bridge", "AR": {**RANGE, "IP": "10.9.0.1"}}
    simulated.sow({**SEED, "networks": [*SEED["networks"], up]})
    assert [each.error for each in build(simulated.connect(), config, "bob", False).reports if each.error] == []
    simulated.settle()
    simulated.call("one.vrouter.delete", 0)
    reports = demolish(simulated.connect(), "bob", False, 9).reports
    assert [each.error for each in reports if each.error] == []
    assert [each.subject for each in reports] == ["virtual network lan of bob", "user bob"]
