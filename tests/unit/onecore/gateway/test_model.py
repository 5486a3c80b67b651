"""From a part of the pillar and a machine's interfaces to a gateway, and to its configuration."""

import pathlib
import subprocess
import sys

import pytest

from onecore.basics.errors import ArgumentError
from onecore.gateway import dnsmasq, firewall, managers, network
from onecore.gateway.masters import cut_off
from onecore.gateway.model import Verdict, build
from onecore.gateway.nics import Nic, find_uplink, known_nics

PART = {
    "user": "alice",
    "uplink": {"network": "EOLE", "address": "192.168.230.11"},
    "networks": {
        "academie": {"address": "192.168.0.1", "cidr": "192.168.0.0/24"},
        "RIE": {"address": "192.168.227.1", "cidr": "192.168.227.0/24"},
    },
    "policy": {"academie": {"RIE": {"tcp": [80, "8000-8010"], "udp": [53], "ping": True}}},
    "forwards": {"web": {"port": 8080, "to": "192.168.0.60", "to_port": 80, "from": ["10.0.0.0/8"]}},
    "dhcp": {
        "academie": {
            "first": "192.168.0.210",
            "size": 20,
            "lease_time": "1h",
            "leases": [{"ip": "192.168.0.59", "mac": "02:00:c0:a8:00:3b", "size": 3}],
        }
    },
    "hosts": {"scribe": {"ip": "192.168.0.60", "mac": "02:00:c0:a8:00:3c"}},
    "domain": "internal",
    "servers": ["192.168.230.1"],
}
INTERFACES = {"eth0": "02:00:c0:a8:e6:0b", "eth1": "02:00:c0:a8:e3:01", "eth2": "02:00:C0:A8:00:01"}


def model(**more):
    return build({**PART, **more}, known_nics(INTERFACES))


def test_interfaces_by_the_hardware_addresses_that_opennebula_makes():
    assert [(zone.name, zone.interface) for zone in model().zones] == [
        ("uplink", "eth0"),
        ("academie", "eth2"),
        ("RIE", "eth1"),
    ]


def test_the_context_comes_before_hardware_addresses():
    nics = known_nics(
        {"a": "02:00:c0:a8:00:01", "b": "02:99:00:00:00:01", "c": "02:00:c0:a8:e3:01", "d": "02:99:00:00:00:02"},
        [
            {"name": "ETH0", "mac": "02:99:00:00:00:02", "ip": "192.168.230.11"},
            {"name": "ETH1", "mac": "02:99:00:00:00:01", "ip": "192.168.0.1"},
            {"name": "ETH2", "mac": "02:77:00:00:00:01", "ip": "192.168.227.1"},
            {"name": "ETH3"},
        ],
    )
    assert [(zone.name, zone.interface) for zone in build(PART, nics).zones] == [
        ("uplink", "d"),
        ("academie", "b"),
        ("RIE", "c"),
    ]


def test_an_uplink_with_any_address_is_the_first_nic():
    first, other = Nic("net9", "02:00:00:00:00:09", "ETH0", "10.0.0.9"), Nic("net1", "02:00:00:00:00:01")
    assert find_uplink([first, other], None) is first
    assert find_uplink([other], None) is other
    assert find_uplink([other, Nic("net2", "02:00:00:00:00:02")], None) is None


def test_everything_that_the_machine_lacks_at_once():
    with pytest.raises(ArgumentError) as error:
        build(PART, [])
    assert str(error.value) == (
        "Nothing was changed, since the gateway has 3 errors:\n"
        "- network academie: this machine has no interface for 192.168.0.1\n"
        "- network RIE: this machine has no interface for 192.168.227.1\n"
        "- uplink EOLE: this machine has no interface for 192.168.230.11"
    )


def test_two_interfaces_with_one_hardware_address_are_no_guess():
    with pytest.raises(ArgumentError, match="network academie: this machine has no interface"):
        build(PART, [*known_nics(INTERFACES), Nic("eth9", "02:00:c0:a8:00:01")])


@pytest.mark.parametrize("part", [None, {}, {"lookup": {"masters": []}}])
def test_no_gateway_in_the_pillar(part):
    with pytest.raises(ArgumentError, match="describes no gateway for this minion"):
        build(part, [])


def test_the_faults_of_the_pillar():
    with pytest.raises(ArgumentError, match=r"the gateway has an error: opennebula.users.alice.gateway: is bad"):
        build({"faults": ["opennebula.users.alice.gateway: is bad"]}, known_nics(INTERFACES))


@pytest.mark.parametrize(
    ("source", "target", "everything"),
    [
        ("academie", "uplink", True),
        ("academie", "RIE", False),
        ("academie", "gateway", False),
        ("uplink", "academie", False),
        ("uplink", "gateway", False),
        ("gateway", "uplink", True),
        ("gateway", "academie", True),
    ],
)
def test_what_holds_where_nothing_is_said(source, target, everything):
    assert model(policy={}).verdict(source, target) == Verdict(everything=everything)


@pytest.mark.parametrize(("port", "passes"), [(80, True), (81, False), (8000, True), (8010, True), (8011, False)])
def test_ports_of_a_verdict(port, passes):
    assert model().verdict("academie", "RIE").lets_in(port) is passes


def rules(text, chain):
    """The rules of a chain."""
    body = text.split(f"\tchain {chain} {{\n")[1].split("\t}\n")[0]
    return [line.strip() for line in body.splitlines()[1:]]


def test_rules_between_networks():
    passes = 'iifname "eth2" oifname "eth1" meta nfproto ipv4'
    found = rules(firewall.render(model()), "forward")
    assert [rule.removeprefix(f"{passes} ") for rule in found if rule.startswith(passes)] == [
        'tcp dport { 80, 8000-8010 } accept comment "academie to RIE"',
        'udp dport { 53 } accept comment "academie to RIE"',
        'icmp type echo-request accept comment "academie to RIE"',
    ]
    assert not [rule for rule in found if 'iifname "eth1" oifname "eth2"' in rule]
    assert found[0] == "ct state vmap { established : accept, related : accept, invalid : drop }"


def test_rules_of_forwards():
    assert rules(firewall.render(model()), "forwards") == [
        'iifname "eth0" ip saddr { 10.0.0.0/8 } fib daddr . iif type local tcp dport 8080 '
        'dnat ip to 192.168.0.60:80 comment "web"'
    ]
    assert rules(firewall.render(model(forwards={})), "forwards") == []


def test_a_gateway_without_an_uplink():
    part = {key: value for key, value in PART.items() if key not in ("uplink", "forwards")}
    inner = build(part, known_nics(INTERFACES))
    text = firewall.render(inner)
    assert "eth0" not in text
    assert rules(text, "hide") == []


def test_names_too_long_for_a_comment():
    long = "é" * 64
    networks = {long: PART["networks"]["academie"], "x" * 128: PART["networks"]["RIE"]}
    text = firewall.render(model(networks=networks, policy={long: {"x" * 128: "allow"}}, dhcp={}))
    comments = [line.split('comment "')[1].rstrip('"\n') for line in text.splitlines() if "comment" in line]
    assert all(len(comment.encode()) <= 127 for comment in comments)


def test_the_gateway_itself_is_restricted_only_where_something_is_said():
    assert len(rules(firewall.render(model()), "output")) == 1
    found = rules(firewall.render(model(policy={"gateway": {"uplink": {"tcp": [4505]}}})), "output")
    assert 'oifname "eth0" tcp dport { 4505 } accept comment "gateway to uplink"' in found
    assert found[-1] == 'oifname "eth0" counter reject with icmpx admin-prohibited'


def test_names_and_addresses():
    lines = dnsmasq.render(model()).splitlines()
    assert [line for line in lines if line.startswith("dhcp-host")] == [
        "dhcp-host=02:00:c0:a8:00:3b,192.168.0.59",
        "dhcp-host=02:00:c0:a8:00:3c,192.168.0.60,scribe",
        "dhcp-host=02:00:c0:a8:00:3d,192.168.0.61",
    ]
    assert "dhcp-range=set:eth2,192.168.0.210,192.168.0.229,255.255.255.0,1h" in lines
    assert "host-record=scribe,scribe.internal,192.168.0.60" in lines
    assert "server=192.168.230.1" in lines
    assert not [line for line in lines if "eth1" in line and "dhcp" in line]


def test_an_address_is_told_once_whatever_is_said_of_it():
    hosts = {
        "scribe": {"ip": "192.168.0.60", "mac": "02:00:C0:A8:00:3C"},
        "mail": {"ip": "192.168.0.60", "mac": "02:00:c0:a8:00:3c"},
        "printer": {"ip": "192.168.0.61", "mac": "02:99:00:00:00:01"},
        "horus": {"ip": "192.168.227.9", "mac": "02:00:c0:a8:e3:09"},
        "copy": {"ip": "192.168.227.9", "mac": "02:00:c0:a8:e3:09"},
    }
    lines = dnsmasq.render(model(hosts=hosts)).splitlines()
    assert [line for line in lines if line.startswith("dhcp-host")] == [
        "dhcp-host=02:00:c0:a8:00:3b,192.168.0.59",
        "dhcp-host=02:00:c0:a8:00:3c,192.168.0.60,scribe",
        "dhcp-host=02:99:00:00:00:01,02:00:c0:a8:00:3d,192.168.0.61,printer",
    ]
    assert [line for line in lines if line.startswith("host-record")] == [
        "host-record=scribe,scribe.internal,mail,mail.internal,192.168.0.60",
        "host-record=printer,printer.internal,192.168.0.61",
        "host-record=horus,horus.internal,copy,copy.internal,192.168.227.9",
    ]


def test_only_known_machines_get_addresses_where_there_is_no_range():
    dhcp = {"academie": {"lease_time": "12h", "leases": []}}
    lines = dnsmasq.render(model(dhcp=dhcp)).splitlines()
    assert "dhcp-range=set:eth2,192.168.0.0,static,255.255.255.0,12h" in lines


def test_addresses_and_their_withdrawal():
    before = network.render(model())
    after = network.render(model(networks={"academie": PART["networks"]["academie"]}, policy={}))
    assert network.addresses(before) == ["192.168.0.1/24 dev eth2", "192.168.227.1/24 dev eth1"]
    assert network.withdrawal(before, after) == "address delete 192.168.227.1/24 dev eth1\n"
    assert network.withdrawal(before, before) == ""


def test_the_largest_packet_is_what_the_context_says():
    context = [{"name": "ETH1", "mac": INTERFACES["eth2"].lower(), "ip": "192.168.0.1", "mtu": 1400}]
    lines = network.render(build(PART, known_nics(INTERFACES, context))).splitlines()
    assert [line for line in lines if line.startswith("link")] == [
        "link set dev eth2 mtu 1400 up",
        "link set dev eth1 up",
    ]


def test_what_managers_leave_alone():
    assert managers.networkd(model()) == "[Match]\nName=eth2\nName=eth1\n\n[Link]\nUnmanaged=yes\n"
    assert managers.network_manager(model()) == (
        "[keyfile]\nunmanaged-devices+=interface-name:eth2;interface-name:eth1\n"
    )
    # Another interface is the manager's, which can be waited for.
    assert managers.wait_online(model()) == ""
    lans = {name: mac for name, mac in INTERFACES.items() if name in ("eth1", "eth2")}
    assert managers.wait_online(build({**PART, "uplink": None}, known_nics(lans))) == (
        "[Unit]\nConditionPathExists=!/etc/onegateway\n"
    )
    nowhere = model(networks={}, policy={}, dhcp={})
    # A file that matches nothing would match everything to come.
    assert managers.networkd(nowhere) == managers.network_manager(nowhere) == ""


MASTER = "192.168.230.5"


@pytest.mark.parametrize(
    ("policy", "fault"),
    [
        ({}, None),
        ({"gateway": {"uplink": {"tcp": [4505, 4506]}}}, None),
        ({"gateway": {"academie": "deny"}}, None),
        ({"gateway": {"uplink": {"tcp": [4505]}}}, "tcp port 4506 of 192.168.230.5"),
        ({"gateway": {"uplink": "deny"}}, "gateway.policy.gateway.uplink: would cut the minion off from its master"),
    ],
)
def test_masters_on_the_uplink(policy, fault):
    found = list(cut_off(model(policy=policy), [(MASTER, 4506)], {MASTER: "eth0"}))
    assert len(found) == bool(fault)
    assert all(fault in each for each in found)


def test_a_network_that_has_the_address_of_a_master_behind_another_interface():
    told = list(cut_off(model(), [("192.168.0.7", 4506)], {"192.168.0.7": "eth0"}))
    assert told == ["gateway.lan: 192.168.0.7 of network academie is the minion's master, which is behind eth0"]
    assert list(cut_off(model(), [("192.168.0.7", 4506)], {"192.168.0.7": "eth2"})) == []
    assert list(cut_off(model(), [("192.168.0.7", 4506)], {})) == []


ALONE = """
import sys
for name in ("lxml", "pyone", "requests", "salt"):
    sys.modules[name] = None
import onecore.bridge.gateway, onecore.bridge.loading
"""


def test_a_guest_needs_nothing_but_python():
    utils = pathlib.Path(__file__).resolve().parents[4] / "salt" / "_utils"
    subprocess.run([sys.executable, "-c", ALONE], env={"PYTHONPATH": str(utils)}, check=True)
