"""Two parallel runs with the same VM: the second one waits while OpenNebula carries out the change of the first."""

import pytest

from onecore.basics.plan import Desired
from onecore.engine.converge import converge
from onecore.kinds.registry import KINDS
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
