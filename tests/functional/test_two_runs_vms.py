"""Two parallel runs with the same VM: the second one waits while OpenNebula carries out the change of the first."""

import pytest
from lxml import etree

from onecore.basics.plan import Desired
from onecore.engine.converge import converge
from onecore.kinds.registry import KINDS
from onecore.wire.client import is_read
from tests.doubles.simulated import Simulated, Wire
from tests.doubles.together import Together

THERE = {
    "networks": [
        {"name": name, "VN_MAD": "bridge", "AR": {"TYPE": "IP4", "IP": f"10.{number}.0.1", "SIZE": "9"}}
        for number, name in enumerate(("lan", "dmz", "new"))
    ],
    "images": [{"name": "data", "TYPE": "DATABLOCK", "SIZE": "8"}],
    "templates": [{"name": "server", "CPU": "0.1", "MEMORY": "64"}],
}
LAN, DMZ, NEW = ({"network": name} for name in ("lan", "dmz", "new"))
DATA = {"image": "data"}
CHANGES = {
    "a NIC is attached": ({"nics": [LAN]}, {"nics": [LAN, {**DMZ, "ip": "10.1.0.4"}]}),
    "NICs are detached": ({"nics": [LAN, DMZ, NEW]}, {"nics": [LAN]}),
    "a NIC is replaced": ({"nics": [LAN, DMZ]}, {"nics": [LAN, NEW]}),
    "disks are attached": ({"disks": []}, {"disks": [DATA, {"type": "fs", "size": 10, "format": "raw"}]}),
    "a disk is detached": ({"disks": [DATA, {**DATA, "size": 20}]}, {"disks": [DATA]}),
    "it is powered off": ({"power": "running"}, {"power": "poweroff"}),
    "it gets another context": ({"context": {"A": "1"}}, {"context": {"A": "2"}}),
    "it is resized": ({"memory": 64}, {"memory": 128}),
}


def present(simulated, values, wire=None):
    declared = Desired("onevm", "it", None, {"template": "server", **values}, "sls/oneadmin", disruption=True)
    wire = wire or simulated.wire()
    (report,) = converge(simulated.connect(wire), KINDS, [declared])
    return report, wire.writes


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("change", CHANGES)
def test_two_runs_make_the_same_change(change, seed):
    before, after = CHANGES[change]
    simulated, together = Simulated(), Together(seed)
    simulated.sow(THERE)
    simulated.settle()
    assert present(simulated, before)[0].error == ""
    done = together.run(
        {who: lambda who=who: present(simulated, after, together.wire(simulated, who))[0] for who in "ab"}
    )
    assert [report.error for report in done.values()] == ["", ""]
    report, writes = present(simulated, after)
    assert (report.error, report.changes(False), writes) == ("", {}, [])


class Preceded(Wire):
    """A wire on which another run makes the same call right before this one, and OpenNebula is still busy with it."""

    def __init__(self, simulated, method):
        super().__init__(simulated)
        self.simulated, self.method = simulated, method

    def reply(self, method, params):
        if method == self.method:
            self.method = ""
            self.simulated.call(method, *params[1:])
        return super().reply(method, params)


CALLS = {
    "a NIC is attached": "one.vm.attachnic",
    "NICs are detached": "one.vm.detachnic",
    "a NIC is replaced": "one.vm.detachnic",
    "disks are attached": "one.vm.attach",
    "a disk is detached": "one.vm.detach",
    "it is powered off": "one.vm.action",
    "it gets another context": "one.vm.updateconf",
    "it is resized": "one.vm.resize",
}


@pytest.mark.parametrize("change", CHANGES)
def test_another_run_has_just_begun_the_same_change(change):
    before, after = CHANGES[change]
    simulated = Simulated()
    simulated.sow(THERE)
    simulated.settle()
    assert present(simulated, before)[0].error == ""
    wire = Preceded(simulated, CALLS[change])
    report, _ = present(simulated, after, wire)
    assert (report.error, wire.method) == ("", "")
    report, writes = present(simulated, after)
    assert (report.error, report.changes(False), writes) == ("", {}, [])


# -- addresses that are leased before their VM can be read -----------------------------------------------------------


class Arriving(Wire):
    """A wire on which another run makes the same declaration right before a call; what it makes is read only later.

    OpenNebula leases the addresses of a new VM or virtual router before it adds it to the pool.
    """

    def __init__(self, simulated, method, tag, other):
        super().__init__(simulated)
        self.method, self.tag, self.other, self.hidden = method, tag, other, 0

    def reply(self, method, params):
        if method == self.method:
            self.method, self.hidden = "", 3
            self.other()
        if not self.hidden or not method.startswith(f"one.{self.tag.lower()}") or not is_read(method):
            return super().reply(method, params)
        self.hidden -= 1
        if "pool" not in method:
            return [False, "it does not exist yet", 0x400]
        pool = etree.fromstring(super().reply(method, params)[1])
        for each in pool.findall(self.tag):
            pool.remove(each)
        return [True, etree.tostring(pool, encoding="unicode"), 0]


FIXED = {"network": "lan", "ip": "10.0.0.5"}
A_VM = Desired("onevm", "it", None, {"template": "server", "nics": [FIXED]}, "sls/oneadmin")
A_ROUTER = Desired(
    "onevrouter",
    "it",
    None,
    {"template": "router", "vms": 1, "nics": [{**FIXED, "floating_ip": True}]},
    "sls/oneadmin",
)
#: The call before which the other run comes, what it makes, and the declaration.
MADE = {
    "a VM": ("one.template.instantiate", "VM", A_VM),
    "a VM that is compared": ("one.vnpool.info", "VM", A_VM),
    "a virtual router": ("one.vrouter.allocate", "VROUTER", A_ROUTER),
    "a virtual router that is compared": ("one.vnpool.info", "VROUTER", A_ROUTER),
}


@pytest.mark.parametrize("made", MADE)
def test_an_address_is_leased_before_its_holder_is_there(made):
    method, tag, declared = MADE[made]
    simulated = Simulated()
    simulated.sow(THERE)
    simulated.sow({"templates": [{"name": "router", "CPU": "0.1", "MEMORY": "64", "VROUTER": "YES"}]})
    simulated.settle()

    def other():
        (report,) = converge(simulated.connect(), KINDS, [declared])
        assert report.error == ""

    wire = Arriving(simulated, method, tag, other)
    (report,) = converge(simulated.connect(wire), KINDS, [declared])
    assert (report.error, wire.method, wire.hidden) == ("", "", 0)
    assert [each.name for each in simulated.connect().pool(KINDS[declared.kind])] == ["it"]
    again = simulated.wire()
    (report,) = converge(simulated.connect(again), KINDS, [declared])
    assert (report.error, again.writes) == ("", [])


class Secretive(Arriving):
    """The same for an account that may not see what the other run makes."""

    def reply(self, method, params):
        answer = super().reply(method, params)
        if self.hidden and method == "one.vm.info":
            return [False, "[one.vm.info] User [3] : Not authorized to perform USE VM [0].", 0x0200]
        return answer


def test_an_address_whose_holder_this_account_may_not_see():
    """The refusal stays what it is, and nothing is waited for."""
    simulated = Simulated()
    simulated.sow(THERE)
    simulated.settle()
    theirs = Desired("onevm", "theirs", None, {"template": "server", "nics": [FIXED]}, "sls/oneadmin")

    def other():
        (report,) = converge(simulated.connect(), KINDS, [theirs])
        assert report.error == ""

    wire = Secretive(simulated, "one.vnpool.info", "VM", other)
    cloud = simulated.connect(wire)
    cloud.sleep = pytest.fail
    (report,) = converge(cloud, KINDS, [A_VM])
    assert "10.0.0.5 on virtual network lan of oneadmin is leased to VM 0" in report.error
    assert "authorized" not in report.error


def test_an_address_of_another_vm_is_refused_at_once():
    simulated = Simulated()
    simulated.sow(THERE)
    simulated.settle()
    assert present(simulated, {"nics": [FIXED]})[0].error == ""
    declared = Desired("onevm", "other", None, {"template": "server", "nics": [FIXED]}, "sls/oneadmin")
    cloud = simulated.connect()
    cloud.sleep = pytest.fail
    (report,) = converge(cloud, KINDS, [declared])
    assert report.error == "nics: 10.0.0.5 on virtual network lan of oneadmin is leased to VM 0 it of oneadmin."
