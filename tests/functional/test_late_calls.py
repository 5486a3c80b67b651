"""A call without an answer takes effect after its run and the next one: the run after that removes the result."""

import pytest

from onecore.basics.errors import UnreachableError
from onecore.basics.marks import transit_name
from onecore.cloud.directory import NETWORKS
from onecore.orchestration.users import build
from onecore.wire.client import is_read
from onecore.wire.transport import Failure
from tests.doubles.simulated import Wire
from tests.functional.test_interruption import CONFIG, STATES, prepared, remains, run

RESET = Failure(UnreachableError, "reset the connection", unknown=True)
#: Every so many of the calls that write.
STEP = 6


class Late(Wire):
    """A wire on which one call is answered by nothing, and takes effect when it is told to."""

    def __init__(self, simulated, number):
        super().__init__(simulated)
        self.simulated, self.number, self.call = simulated, number, None

    def reply(self, method, params):
        if len(self.log) == self.number:
            self.call = method, params
            raise RESET
        return super().reply(method, params)

    def come(self):
        return self.simulated.answer(*self.call)


@pytest.fixture(scope="module")
def alone():
    """The numbers of the calls that write, and what a run leaves that is the only one."""
    simulated = prepared()
    wire, errors = run(simulated)
    assert errors == []
    numbers = [number for number, (method, _) in enumerate(wire.log, 1) if not is_read(method)]
    return numbers, remains(simulated)


def late(simulated, number):
    """A cloud after a run that lost a call, the next one, and that call."""
    wire = Late(simulated, number)
    run(simulated, wire)
    assert run(simulated)[1] == []
    wire.come()
    simulated.settle()
    return wire.call[0]


def test_it_is_cleared_away_where_that_is_allowed(alone):
    numbers, expected = alone
    for number in numbers[::STEP]:
        simulated = prepared()
        method = late(simulated, number)
        assert (method, run(simulated)[1], remains(simulated)) == (method, [], expected)
        assert (method, run(simulated)[0].writes) == (method, [])


def test_and_told_where_it_is_not(alone):
    numbers, expected = alone
    for number in numbers[::STEP]:
        simulated = prepared()
        method, cloud = late(simulated, number), simulated.connect()
        reports = [each for user in STATES for each in build(cloud, CONFIG, user, test=False, prune=False).reports]
        told = [each.error for each in reports if each.error]
        assert all("is a duplicate that was created for" in each and "(ID" in each for each in told), told
        assert (method, bool(told)) == (method, remains(simulated) != expected)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_the_one_goes_that_has_not_got_its_name_yet(order):
    """Another run is about to rename its own, which is elder, and finds the name taken."""
    simulated = prepared()
    config = {
        "blueprints": {"eole": {"prune": True, "networks": {"lan": {"vlan": 1, "cidr": "10.0.0.0/24"}}}},
        "users": {"alice": {"blueprint": "eole", "vlan_base": 100}},
    }
    config["blueprints"]["eole"]["vlans"] = {"phydev": "eth1"}
    assert [each.error for each in build(simulated.connect(), config, "alice", test=False).reports if each.error] == []
    made = simulated.connect().get(NETWORKS, "lan", "alice")
    names = [transit_name("alice", "lan"), "lan"]
    simulated.call("one.vn.rename", made.id, names[order[0]])
    text = f'NAME="{names[order[1]]}" VN_MAD="bridge" BRIDGE="b" SALT_MANAGED="{made.text("TEMPLATE/SALT_MANAGED")}"'
    other = simulated.call("one.vn.allocate", text, -1)
    simulated.settle()
    simulated.call("one.vn.chown", other, made.uid, -1)
    build(simulated.connect(), config, "alice", test=False, max_deletions=1)
    simulated.settle()
    left = [each for each in simulated.connect().pool(NETWORKS) if each.owner == "alice"]
    assert [(each.id, each.name) for each in left] == [((made.id, other)[order[1]], "lan")]
