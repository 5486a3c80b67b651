"""Two parallel runs of independent masters: each object exists once, and a further run changes nothing."""

import copy

import pytest

from onecore.orchestration.users import build
from tests.doubles.simulated import Simulated, Wire
from tests.doubles.together import Together
from tests.functional.test_interruption import CONFIG, STATES, prepared, remains, run

#: Every so many calls another run overtakes.
STEP = 9
ROUNDS = (0, 1, 17, 27, 31, 32)


class Passed(Wire):
    """A wire on which another run overtakes: all of it happens right before a call."""

    def __init__(self, simulated, number):
        super().__init__(simulated)
        self.simulated, self.number, self.errors = simulated, number, None

    def reply(self, method, params):
        if len(self.log) == self.number:
            _, self.errors = run(self.simulated)
        return super().reply(method, params)


@pytest.fixture(scope="module", params=[False, True], ids=["", "foreign"])
def alone(request):
    """Whether foreign networks are in the way, the calls of a run that is the only one, and what it leaves."""
    simulated = prepared(request.param)
    wire, errors = run(simulated)
    assert errors == []
    return request.param, wire.log, remains(simulated)


def test_another_run_overtakes(alone):
    foreign, log, expected = alone
    for number in range(1 + 4 * foreign, len(log) + 1, STEP):
        simulated = prepared(foreign)
        wire, errors = run(simulated, Passed(simulated, number))
        assert (errors, wire.errors, remains(simulated)) == ([], [], expected)
        again, errors = run(simulated)
        assert (again.writes, errors) == ([], [])


@pytest.mark.parametrize("seed", ROUNDS)
def test_two_runs_side_by_side(alone, seed):
    foreign, _, expected = alone
    simulated, together = prepared(foreign), Together(seed)
    done = together.run({who: lambda who=who: run(simulated, together.wire(simulated, who)) for who in "ab"})
    assert [errors for _, errors in done.values()] == [[], []]
    assert remains(simulated) == expected
    again, errors = run(simulated)
    assert (again.writes, errors) == ([], [])


def edited():
    """The pillar, edited: a network and a range more, another context, other rights and memberships."""
    config = copy.deepcopy(CONFIG)
    blueprint = config["blueprints"]["eole"]
    more = {"type": "ETHER", "size": 7, "mac": "02:00:00:00:01:01"}
    blueprint["networks"]["dmz"]["address_ranges"]["more"] = more
    blueprint["networks"]["wifi"]["size"] = 9
    blueprint["networks"]["new"] = {"vlan": 3, "cidr": "10.9.0.0/24", "first": "10.9.0.5", "size": 5}
    blueprint["gateway"]["lan"]["new"] = "10.9.0.7"
    blueprint["gateway"]["context"]["ROLE"] = "other"
    ssh = {"protocol": "TCP", "direction": "inbound", "ports": 22}
    blueprint["security_groups"]["web"]["rules"]["ssh"] = ssh
    blueprint["quota"] = {"vms": 9}
    config["shared"]["groups"]["dev"] = {"resources": ["VM"]}
    config["users"]["alice"]["groups"] = []
    return config


def edit(simulated, wire=None):
    """Carry out the edited pillar; returns its wire and what failed."""
    wire, errors = wire or simulated.wire(), []
    cloud, config = simulated.connect(wire), edited()
    for user in STATES:
        reports = build(cloud, config, user, test=False, prune=True, disruption=True).reports
        errors += [report.comment(False) for report in reports if report.error]
    return wire, errors


@pytest.mark.parametrize("seed", ROUNDS)
def test_two_runs_carry_out_an_edit(seed):
    alone = prepared()
    run(alone)
    assert edit(alone)[1] == []
    simulated, together = prepared(), Together(seed)
    run(simulated)
    done = together.run({who: lambda who=who: edit(simulated, together.wire(simulated, who)) for who in "ab"})
    assert [errors for _, errors in done.values()] == [[], []]
    assert remains(simulated) == remains(alone)
    again, errors = edit(simulated)
    assert (again.writes, errors) == ([], [])


#: A user who administers a group, and who has an image: OpenNebula cannot remove one that is still being made.
OF_ALICE = {
    "shared": {"groups": {"eole": {"admins": ["alice"]}}},
    "blueprints": {"eole": {"group": "eole"}},
    "users": {"alice": {"blueprint": "eole"}},
    "objects": {"oneimage": {"vol": {"owner": "alice", "datastore": "default", "type": "DATABLOCK", "size": 8}}},
}


def whole(simulated, wire=None):
    """A whole run; returns its wire and what failed."""
    wire, errors = wire or simulated.wire(), []
    cloud = simulated.connect(wire)
    for user in (None, "alice"):
        errors += [each.comment(False) for each in build(cloud, OF_ALICE, user, test=False).reports if each.error]
    return wire, errors


@pytest.mark.parametrize("seed", range(8))
def test_three_runs_make_an_administrator_and_an_image(seed):
    alone = Simulated()
    assert whole(alone)[1] == []
    simulated, together = Simulated(), Together(seed)
    done = together.run({who: lambda who=who: whole(simulated, together.wire(simulated, who)) for who in "abc"})
    assert [errors for _, errors in done.values()] == [[], [], []]
    assert simulated.content() == alone.content()
    again, errors = whole(simulated)
    assert (again.writes, errors) == ([], [])
