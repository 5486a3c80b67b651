"""After any edit, a dry run writes nothing and shows the changes of the real run, and a second run changes nothing."""

import copy

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onecore.kinds.registry import KINDS, OF_USERS
from onecore.kinds.user import USER
from onecore.orchestration.users import build, demolish, faults
from onecore.wire.client import is_read
from tests.doubles.simulated import Simulated, Wire

DISKS = [{"image": "debian", "owner": "oneadmin"}]
CONFIG = {
    "prune": True,
    "disruption": "allow",
    "shared": {
        "groups": {"eole": {"quota": {"vms": 50}}, "dev": {}},
        "networks": {"EOLE": {"driver": "bridge", "permissions": "604", "first": "192.168.230.11", "size": 9}},
        "images": {"debian": {"datastore": "default", "type": "DATABLOCK", "size": 10, "permissions": "644"}},
        "templates": {"gateway": {"cpu": 1, "memory": 64, "permissions": "644", "disks": DISKS}},
    },
    "blueprints": {
        "eole": {
            "group": "eole",
            "quota": {"vms": 5, "memory": "4G", "networks": {"EOLE": 3}},
            "vlans": {"first": 2, "last": 4094, "phydev": "eth1"},
            "networks": {
                "lan": {"vlan": 0, "cidr": "192.168.0.0/24", "first": "192.168.0.50", "size": 9, "permissions": "640"},
                "dmz": {"vlan": 1, "address_ranges": {"any": {"type": "ETHER", "size": 5, "mac": "02:00:00:00:00:01"}}},
                "wifi": {"vlan": 2, "cidr": "10.0.0.0/24", "first": "10.0.0.5", "size": 5, "dns": "10.0.0.1"},
            },
            "gateway": {
                "template": "gateway",
                "uplink": {"network": "EOLE"},
                "lan": ["lan", "wifi"],
                "context": {"ROLE": "router", "NAME": "$NAME"},
            },
        }
    },
    "users": {
        "alice": {
            "blueprint": "eole",
            "vlan_base": 100,
            "password": "alice-pw",
            "gateway": {"uplink_ip": "192.168.230.11"},
        },
        "bob": {"blueprint": "eole", "vlan_base": 200, "groups": ["dev"], "gateway": {"uplink_ip": "192.168.230.12"}},
    },
}
#: Where to edit: a path, and what may stand there; None takes it away.
EDITS = {
    "shared networks EOLE permissions": ["644", "664"],
    "shared networks EOLE size": [5, 20],
    "shared networks EOLE attributes": [{"NOTE": 'a "b" \\'}, {"LIST": [{"A": "1"}, {"A": "2"}]}],
    "shared networks OTHER": [{"driver": "fw"}],
    "shared images debian description": ["Debian 12", "é [x] ]"],
    "shared images debian permissions": ["646"],
    "shared templates gateway cpu": [0.5, 2],
    "shared templates gateway nics": [[], [{"network": "lan", "model": "virtio"}, {"network": "dmz"}]],
    "shared templates gateway context": [{"A": "$NAME", "PASSWORD": "secret", "B": "2"}],
    "shared templates gateway group": ["dev"],
    "shared groups dev quota": [{"memory": "1G"}],
    "shared groups dev attributes": [{"NOTE": "x"}],
    "blueprints eole quota vms": [7, -2, None],
    "blueprints eole quota networks": [{"EOLE": 4}, None],
    "blueprints eole group": ["dev"],
    "blueprints eole vlans phydev": ["eth2"],
    "blueprints eole networks lan size": [50, 150],
    "blueprints eole networks lan first": ["192.168.0.60"],
    "blueprints eole networks lan vlan": [9],
    "blueprints eole networks lan permissions": ["600", None],
    "blueprints eole networks lan attributes": [{"NOTE": "x", "V": {"A": "1", "B": True}}],
    "blueprints eole networks dmz": [None, {"vlan": 1, "driver": "vxlan"}],
    "blueprints eole networks dmz address_ranges any size": [6],
    "blueprints eole networks dmz address_ranges more": [{"type": "IP6", "size": 4, "global_prefix": "2001:db8::"}],
    "blueprints eole networks wifi dns": ["1.1.1.1 9.9.9.9"],
    "blueprints eole networks wifi mtu": [1400],
    "blueprints eole networks new": [{"vlan": 7, "cidr": "10.9.0.0/24", "first": "10.9.0.5", "size": 5}],
    "users alice vlan_base": [300],
    "users alice password": ["another"],
    "users alice enabled": [False],
    "users alice ssh_public_key": ["ssh-ed25519 AAAA alice"],
    "users alice groups": [["dev"], ["eole", "dev"]],
    "users alice group": ["dev", "users"],
    "users bob groups": [[], ["eole"]],
    "users bob networks": [
        {"wifi": None},
        {"lan": {"dns": "9.9.9.9"}},
        {"lan": {"cidr": "172.16.0.0/24", "first": "172.16.0.50"}},
    ],
    "users bob gateway lan": [["wifi"], {"lan": "192.168.0.52", "wifi": None}, {"lan": "192.168.0.9"}],
    "users bob gateway uplink_ip": ["192.168.230.14"],
    "users bob gateway name": ["other"],
    "users bob gateway": [None],
    "users carol": [{"blueprint": "eole", "vlan_base": 400, "gateway": {"uplink_ip": "192.168.230.13"}}],
    "blueprints eole gateway lan": [["lan", "wifi", "dmz"], ["lan"]],
    "blueprints eole gateway context": [{"ROLE": "host"}, {"ROLE": None, "PASSWORD": "secret", "MORE": "1"}],
    "blueprints eole gateway cpu": [2],
    "blueprints eole gateway power": ["poweroff"],
    "blueprints eole gateway permissions": ["640"],
    "blueprints eole gateway attributes": [{"NOTE": "x"}],
}


@st.composite
def edited(draw):
    """The configuration with a few places edited, free of faults."""
    config = copy.deepcopy(CONFIG)
    for path in draw(st.lists(st.sampled_from(sorted(EDITS)), min_size=1, max_size=4, unique=True)):
        *way, last = path.split()
        place = config
        for step in way:
            place = place.get(step) or {}
        value = draw(st.sampled_from(EDITS[path]))
        if value is None:
            place.pop(last, None)
        else:
            place[last] = copy.deepcopy(value)
    return config


def run(simulated, config, test):
    """All states in one run: what was called, and {subject: (what was done, how it differs)}."""
    wire = simulated.wire()
    cloud, told = simulated.connect(wire), {}
    for user in (None, *config["users"]):
        for report in build(cloud, config, user, test).reports:
            assert not report.error, report.comment(test)
            told[report.subject] = (report.action, report.changes(test))
    return wire, told


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(edited(), edited())
def test_dry_run_real_run_second_run(first, second):
    if faults(first) or faults(second):
        return
    simulated = Simulated()
    run(simulated, first, test=False)
    before = simulated.content()
    wire, foreseen = run(simulated, second, test=True)
    assert (wire.writes, simulated.content()) == ([], before)
    wire, done = run(simulated, second, test=False)
    assert done == foreseen
    again, rest = run(simulated, second, test=False)
    assert again.writes == []
    assert {what for what, _ in rest.values()} == {"none"}
    # A pool for each kind, since `prune` asks of all; and datastores, VDCs, ACL rules and the zone.
    assert len(again.log) <= len(OF_USERS) + 4


def test_nothing_is_left_of_a_user():
    without = {**CONFIG, "users": {"bob": CONFIG["users"]["bob"]}}
    never, simulated = Simulated(), Simulated()
    run(never, without, test=False)
    run(simulated, CONFIG, test=False)
    foreseen, done, again = (demolished(simulated, test) for test in (True, False, False))
    assert done == foreseen
    assert [action for action, _ in done.values()] == ["remove"] * 5
    assert again == {}
    assert simulated.content() == never.content()


def test_who_has_got_something_since_the_pools_were_read_stays():
    simulated = Simulated()
    run(simulated, CONFIG, test=False)
    number = next(each.id for each in simulated.connect().pool(USER) if each.name == "alice")
    made = []

    class Meanwhile(Wire):
        """A wire on which somebody creates a template for alice during the first removal."""

        def reply(self, method, params):
            if not is_read(method) and not made:
                made.append(simulated.call("one.template.allocate", 'NAME="hers"\nMEMORY="64"'))
                simulated.call("one.template.chown", made[0], number, -1)
            return super().reply(method, params)

    reports = demolish(simulated.connect(Meanwhile(simulated)), "alice", False, max_deletions=5).reports
    assert [each.error for each in reports if each.error] == [
        f"user alice (ID {number}) still owns 1 template. Remove or chown them first."
    ]
    assert number in simulated.connect().pool(USER).by_id


def demolished(simulated, test):
    wire = simulated.wire()
    outcome = demolish(simulated.connect(wire), "alice", test, max_deletions=5)
    assert not [report.comment(test) for report in outcome.reports if report.error]
    assert not (test and wire.writes)
    return {report.subject: (report.action, report.changes(test)) for report in outcome.reports}


def test_a_network_gets_other_addresses_under_its_gateway():
    """The gateway needs a range of the new ones before it can leave that of the old ones."""
    config = copy.deepcopy(CONFIG)
    config["users"]["bob"]["networks"] = {"lan": {"cidr": "172.16.0.0/24", "first": "172.16.0.50"}}
    simulated = Simulated()
    run(simulated, CONFIG, test=False)
    simulated.settle()
    _, foreseen = run(simulated, config, test=True)
    wire, done = run(simulated, config, test=False)
    assert done == foreseen
    assert [method for method, *_ in wire.writes if "_ar" in method or "nic" in method] == [
        "one.vn.rm_ar",
        "one.vn.add_ar",
        "one.vn.add_ar",
        "one.vm.attachnic",
        "one.vm.detachnic",
        "one.vn.rm_ar",
    ]
    assert run(simulated, config, test=False)[0].writes == []


def test_addresses_that_somebody_else_holds_stay():
    config = copy.deepcopy(CONFIG)
    config["users"]["bob"]["networks"] = {"lan": {"cidr": "172.16.0.0/24", "first": "172.16.0.50"}}
    simulated = Simulated()
    run(simulated, CONFIG, test=False)
    lan = simulated.connect().get(KINDS["onevnet"], "lan", "bob")
    simulated.call("one.vn.hold", lan.id, 'LEASES=[IP="192.168.0.55"]')
    for test in (True, False, False):
        reports = build(simulated.connect(), config, "bob", test).reports
        failed = [report.comment(test) for report in reports if report.error]
        # What cannot be on the network then says so, too.
        assert "192.168.0.55 is held" in failed[0]
        assert all("lan of bob" in each for each in failed)
