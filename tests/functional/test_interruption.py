"""Interrupted anywhere, the next run completes it: no duplicates, no orphans, nothing lost."""

import pytest

from onecore.basics.errors import OneError, UnreachableError
from onecore.basics.syntax import parse
from onecore.kinds.registry import KINDS
from onecore.orchestration.users import build
from onecore.wire.client import is_read
from onecore.wire.transport import Failure
from tests.doubles.dying import Dying, PowerCut
from tests.doubles.samples import sampled
from tests.doubles.simulated import Simulated, Wire

DISKS = [{"image": "debian", "owner": "oneadmin"}]
NETWORKS = {
    "lan": {"vlan": 0, "cidr": "192.168.0.0/24", "first": "192.168.0.50", "size": 100, "permissions": "640"},
    "dmz": {
        "vlan": 1,
        "address_ranges": {"any": {"type": "ETHER", "size": 5, "mac": "02:00:00:00:00:01"}},
        "security_groups": ["web", "ping"],
    },
    "wifi": {"vlan": 2, "cidr": "10.0.0.0/24", "first": "10.0.0.5", "size": 5, "attributes": {"NOTE": 'a "b" \\'}},
}
CONFIG = {
    "shared": {
        "groups": {"eole": {"quota": {"vms": 50}}, "dev": {"resources": []}},
        "security_groups": {
            "ping": {"rules": {"v4": {"protocol": "ICMP", "direction": "inbound"}}, "permissions": "644"},
        },
        "networks": {
            "EOLE": {"driver": "bridge", "permissions": "604", "first": "192.168.230.11", "size": 9},
        },
        "images": {"debian": {"datastore": "default", "type": "DATABLOCK", "size": 10, "permissions": "644"}},
        "templates": {"gateway": {"cpu": 1, "memory": 64, "permissions": "644", "disks": DISKS}},
    },
    "blueprints": {
        "eole": {
            "group": "eole",
            "groups": ["dev"],
            "quota": {"vms": 5, "memory": "4G", "networks": {"EOLE": 3}},
            "vlans": {"first": 2, "last": 4094, "phydev": "eth1"},
            "security_groups": {
                "web": {"rules": {"http": {"protocol": "TCP", "direction": "inbound", "ports": 80}}},
                "lan": {"rules": {"lan": {"protocol": "ALL", "direction": "inbound", "network": "lan"}}},
            },
            "networks": NETWORKS,
            "gateway": {
                "template": "gateway",
                "uplink": {"network": "EOLE"},
                "lan": {"lan": None, "wifi": "10.0.0.6"},
                "context": {"ROLE": "router", "PASSWORD": "secret", "NOTE": "$NAME"},
                "permissions": "640",
                "wait": True,
            },
        }
    },
    "users": {
        "alice": {
            "blueprint": "eole",
            "vlan_base": 100,
            "password": "alice-pw",
            "enabled": False,
            "gateway": {"uplink_ip": "192.168.230.11"},
        },
        "bob": {"blueprint": "eole", "vlan_base": 200, "gateway": {"uplink_ip": "192.168.230.12"}},
    },
}
STATES = (None, "alice", "bob")
RESET = Failure(UnreachableError, "reset the connection", unknown=True)
REFUSED = Failure(UnreachableError, "refuses connections")


def run(simulated, wire=None):
    """All states of the pillar, one after the other in one run; returns its wire and what failed."""
    wire = wire or simulated.wire()
    cloud, errors = simulated.connect(wire), []
    for user in STATES:
        try:
            reports = build(cloud, CONFIG, user, test=False, prune=True).reports
            errors += [report.comment(False) for report in reports if report.error]
        except OneError as error:
            errors.append(str(error))
    return wire, errors


def prepared(foreign=False):
    """A cloud; with networks of the names that users get, which the administrator keeps for other purposes."""
    simulated = Simulated()
    if foreign:
        for name in ("lan", "dmz"):
            simulated.call("one.vn.allocate", f'NAME="{name}" VN_MAD="bridge" NOTE="theirs"', -1)
    simulated.settle()
    return simulated


@pytest.fixture(scope="module", params=[False, True], ids=["", "foreign"])
def uninterrupted(request):
    """Whether foreign networks are in the way, the calls that a whole run makes, and what it leaves."""
    simulated = prepared(request.param)
    wire, errors = run(simulated)
    assert errors == []
    expected = remains(simulated)
    again, errors = run(simulated)
    assert (again.writes, errors, remains(simulated)) == ([], [], expected)
    return request.param, wire.log, expected


def remains(simulated):
    """What a run leaves, whatever the account has noted on the way."""
    return simulated.content()


def completed(simulated, expected):
    """Run again; nothing may differ from an uninterrupted run, and a third run has nothing to do."""
    _, errors = run(simulated)
    assert (remains(simulated), errors) == (expected, [])
    again, errors = run(simulated)
    assert (again.writes, errors) == ([], [])


def numbers(log, reads=False):
    return [number for number, (method, _) in enumerate(log, 1) if is_read(method) == reads]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_the_minion_dies(uninterrupted, after):
    foreign, log, expected = uninterrupted
    for number in sampled(numbers(log)):
        simulated = prepared(foreign)
        with pytest.raises(PowerCut):
            run(simulated, Dying(simulated.wire(), number, after))
        completed(simulated, expected)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_the_answer_to_a_write_is_lost(uninterrupted, after):
    """The run goes on with the other objects and tells which one it lost."""
    foreign, log, expected = uninterrupted
    for number in sampled(numbers(log)):
        simulated = prepared(foreign)
        _, errors = run(simulated, Dying(simulated.wire(), number, after, RESET))
        assert any("reset the connection" in error for error in errors)
        completed(simulated, expected)


def test_the_server_is_gone_from_a_read_on(uninterrupted):
    foreign, log, expected = uninterrupted
    for number in sampled(numbers(log, reads=True)):
        simulated = prepared(foreign)
        wire, errors = run(simulated, Dying(simulated.wire(), number, failure=REFUSED))
        assert errors and len(wire.log) == number
        completed(simulated, expected)


@pytest.mark.parametrize("foreign", [False, True], ids=["", "foreign"])
@pytest.mark.parametrize("network", NETWORKS)
def test_two_users_are_interrupted_at_once(foreign, network):
    """Each has allocated its networks in the account's name, and handed them over up to this one."""
    simulated = prepared(foreign)
    run(simulated)
    expected = remains(simulated)
    simulated = prepared(foreign)
    build(simulated.connect(), CONFIG, None, test=False)
    for user in ("alice", "bob"):
        with pytest.raises(PowerCut):
            build(simulated.connect(Stopping(simulated, user, network)), CONFIG, user, test=False)
    of_the_account = [name for owner, name in networks(simulated) if owner == "oneadmin"]
    left = len(NETWORKS) - list(NETWORKS).index(network)
    assert len(of_the_account) == (1 + 2 if foreign else 1) + 2 * left
    completed(simulated, expected)


class Stopping(Wire):
    """A wire that is cut when a user is about to be given its network."""

    def __init__(self, simulated, user, network):
        super().__init__(simulated)
        self.user, self.network, self.allocated = user, network, None

    def reply(self, method, params):
        if method == "one.vn.chown" and params[1] == self.allocated:
            raise PowerCut
        answer = super().reply(method, params)
        if method == "one.vn.allocate" and self.wanted(params[1]):
            self.allocated = answer[1]
        return answer

    def wanted(self, template):
        vlan = CONFIG["users"][self.user]["vlan_base"] + NETWORKS[self.network]["vlan"]
        return parse(template)["VLAN_ID"] == str(vlan)


def networks(simulated):
    """(owner, name) of every network."""
    pool = simulated.connect().pool(KINDS["onevnet"])
    return sorted((each.owner, each.name) for each in pool)


def test_a_network_left_behind_is_not_confused_with_one_of_a_similar_name():
    names = {"dmz": {"vlan": 0}, "alice.dmz": {"vlan": 1}, "x" * 128: {"vlan": 2}, "x" * 127 + "y": {"vlan": 3}}
    users = {"alice": {"blueprint": "eole", "vlan_base": 100}}
    config = {"blueprints": {"eole": {"vlans": {"phydev": "eth1"}, "networks": {}}}, "users": users}
    simulated = Simulated()
    for name in names:
        simulated.call("one.vn.allocate", f'NAME="{name}" VN_MAD="bridge"', -1)
    for count in range(1, len(names) + 1):
        config["blueprints"]["eole"]["networks"] = dict(list(names.items())[:count])
        for _ in range(2):
            outcome = build(simulated.connect(), config, "alice", test=False, prune=True)
            assert [report.error for report in outcome.reports] == [""] * (count + 1)
    own = [name for owner, name in networks(simulated) if owner == "alice"]
    assert own == sorted(names)
