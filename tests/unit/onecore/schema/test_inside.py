"""Errors in the configuration inside a gateway: policies, forwards, addresses and names."""

import pytest
import yaml

from onecore.schema import validate

PILLAR = """
shared: {networks: {EOLE: {driver: bridge, bridge: br0, cidr: 192.168.230.0/24, first: 192.168.230.11, size: 200}}}
blueprints:
  eole:
    vlans: {phydev: eth1}
    networks:
      academie: {vlan: 0, cidr: 192.168.0.0/24, first: 192.168.0.50, size: 150, gateway: 192.168.0.1}
      windows: {vlan: 1, cidr: 192.168.253.0/24}
      dmz1: {vlan: 2, cidr: 10.1.3.0/24}
      blind: {vlan: 3, gateway: 10.9.9.1}
      large: {vlan: 4, cidr: 10.8.0.0/16, first: 10.8.1.0, size: 5000}
    gateway: {template: gateway, uplink: {network: EOLE}, lan: [academie, windows]}
users: {alice: {blueprint: eole, vlan_base: 100, gateway: {uplink_ip: 192.168.230.11}}}
"""
AT = "users.alice.gateway"


def faults(inside, **more):
    """The faults of the pillar above, with more said of Alice's gateway, as YAML; without their common path."""
    pillar = yaml.safe_load(PILLAR)
    pillar["users"]["alice"]["gateway"] |= {**yaml.safe_load(inside), **more}
    return [str(fault).removeprefix(f"{AT}.") for fault in validate(pillar)]


SOUND = [
    "{policy: {academie: {windows: {tcp: [445, 8000-8010], udp: ['53'], ping: true}, uplink: deny, gateway: allow}}}",
    "{policy: {uplink: {academie: allow, gateway: {tcp: [22]}}, gateway: {uplink: {tcp: [4505]}}}}",
    "{forwards: {a: {port: 9, to: 192.168.0.60}, b: {port: 9, protocol: udp, to: 192.168.253.9, from: [10.0.0.0/8]}}}",
    "{dhcp: {academie: {first: 192.168.0.210, size: 45, lease_time: 12h}, windows: {}}}",
    "{hosts: {scribe: 192.168.0.60, horus: {ip: 192.168.253.7, mac: '02:00:00:00:00:01'}}}",
    "{dns: {domain: a.b, servers: 10.0.0.1 10.0.0.2}, ntp: {servers: [ntp.example.org]}, apt_proxy: 'http://p:3142'}",
]


@pytest.mark.parametrize("inside", SOUND)
def test_sound(inside):
    assert faults(inside) == []


HERE = "academie 192.168.0.0/24, windows 192.168.253.0/24"
WRONG = [
    ("{policy: {acadmie: {windows: allow}}}", "policy.acadmie: there is no network acadmie; did you mean academie?"),
    (
        "{policy: {academie: {windws: allow}}}",
        "policy.academie.windws: there is no network windws; did you mean windows?",
    ),
    ("{policy: {academie: {uplnk: allow}}}", "policy.academie.uplnk: there is no network uplnk; did you mean uplink?"),
    ("{policy: {dmz1: {windows: deny}}}", "policy.dmz1: the gateway does not join network dmz1; see gateway.lan"),
    (
        "{policy: {academie: {academie: deny}}}",
        "policy.academie.academie: a zone has no policy towards itself: traffic inside it does not pass the gateway",
    ),
    (
        "{uplink: null, uplink_ip: null, policy: {uplink: {academie: allow}}}",
        "policy.uplink: the gateway has no uplink",
    ),
    ("{forwards: {web: {to: 192.168.0.60}}}", "forwards.web.port: is required"),
    ("{forwards: {web: {port: 80}}}", "forwards.web.to: is required"),
    (
        "{forwards: {web: {port: 80, to: 10.1.3.60}}}",
        f"forwards.web.to: 10.1.3.60 is on no network of the gateway ({HERE})",
    ),
    (
        "{forwards: {web: {port: 80, to: 192.168.253.1}}}",
        "forwards.web.to: 192.168.253.1 is the gateway's own address on network windows",
    ),
    (
        "{forwards: {web: {port: 80, to: 192.168.0.255}}}",
        "forwards.web.to: 192.168.0.255 is no address for a machine in 192.168.0.0/24, the network academie",
    ),
    (
        "{forwards: {a: {port: 80, to: 192.168.0.60}, b: {port: 80, to: 192.168.0.61}}}",
        "forwards.b: tcp port 80 is already forwarded by a",
    ),
    (
        "{uplink: null, uplink_ip: null, forwards: {a: {port: 80, to: 192.168.0.60}}}",
        "forwards.a: there is no uplink to forward from",
    ),
    ("{dhcp: {acadmie: {}}}", "dhcp.acadmie: there is no network acadmie; did you mean academie?"),
    ("{dhcp: {dmz1: {}}}", "dhcp.dmz1: the gateway does not join network dmz1; see gateway.lan"),
    ("{dhcp: {academie: {size: 3}}}", "dhcp.academie.size: makes a range only together with first"),
    (
        "{dhcp: {academie: {first: 192.168.0.199, size: 3}}}",
        "dhcp.academie.first: its addresses overlap those of range pool, which OpenNebula leases",
    ),
    (
        "{dhcp: {academie: {first: 192.168.0.250, size: 6}}}",
        "dhcp.academie.first: its 6 addresses from 192.168.0.250 on run past the end of 192.168.0.0/24",
    ),
    (
        "{dhcp: {academie: {first: 10.0.0.1, size: 6}}}",
        "dhcp.academie.first: 10.0.0.1 is no address for a machine in 192.168.0.0/24, the network academie",
    ),
    (
        "{dhcp: {windows: {first: 192.168.253.1, size: 6}}}",
        "dhcp.windows.first: its addresses overlap the gateway's own, 192.168.253.1",
    ),
    (
        "{lan: [large], dhcp: {large: {}}}",
        "dhcp.large: OpenNebula leases 5000 addresses there; the gateway supports 4096",
    ),
    ("{hosts: {scribe: 10.0.0.1}}", f"hosts.scribe: 10.0.0.1 is on no network of the gateway ({HERE})"),
    ("{hosts: {scribe: {mac: '02:00:00:00:00:01'}}}", "hosts.scribe.ip: is required"),
    ("{hosts: {a: 192.168.0.9, b: {ip: 192.168.0.9}}}", "hosts.b: 192.168.0.9 is already the address of a"),
    (
        "{lan: [academie, blind], hosts: {}}",
        "users.alice.networks.blind.cidr: is required, since the gateway joins it (inherited from blueprint eole)",
    ),
    (
        "{lan: {academie: null, windows: null}, uplink_ip: 192.168.0.9, hosts: {}}",
        "uplink_ip: 192.168.0.9 is an address of network academie, 192.168.0.0/24",
    ),
]


@pytest.mark.parametrize(("inside", "fault"), WRONG)
def test_wrong(inside, fault):
    assert fault in faults(inside)


@pytest.mark.parametrize(
    "inside",
    [
        "{policy: {academie: {windows: maybe}}}",
        "{policy: {academie: {windows: {tcp: [0]}}}}",
        "{policy: {academie: {windows: {tcp: [9-8]}}}}",
        "{policy: {academie: {windows: {tcp: [http]}}}}",
        "{policy: {academie: {windows: {tcp: ['8_0']}}}}",
        "{policy: {academie: {windows: {tcp: [1-2-3]}}}}",
        "{policy: {academie: {windows: {tcp: ['80, 22']}}}}",
        "{forwards: {'a\"b': {port: 80, to: 192.168.0.60}}}",
        "{hosts: {'a.b': 192.168.0.60}}",
        "{hosts: {'a b': 192.168.0.60}}",
        "{dns: {domain: 'a..b'}}",
        "{dns: {servers: 'one.example.org'}}",
        "{dns: {servers: ''}}",
        "{dhcp: {academie: {lease_time: soon}}}",
        "{ntp: {servers: ['a; b']}}",
        "{apt_proxy: 'http://x\"; rm'}",
        "{apt_proxy: 'ftp://x'}",
    ],
)
def test_values_that_no_configuration_could_hold(inside):
    assert len(faults(inside)) == 1


def test_two_networks_of_a_gateway_with_the_same_addresses():
    pillar = yaml.safe_load(PILLAR)
    pillar["blueprints"]["eole"]["networks"]["windows"]["cidr"] = "192.168.0.128/25"
    pillar["blueprints"]["eole"]["gateway"]["hosts"] = {}
    told = [str(fault) for fault in validate(pillar)]
    assert told == [
        "blueprints.eole.gateway.lan: 192.168.0.0/24 of network academie overlaps 192.168.0.128/25 of network windows"
    ]


def test_a_network_called_as_a_zone():
    pillar = yaml.safe_load(PILLAR)
    pillar["blueprints"]["eole"]["networks"]["uplink"] = {"vlan": 7, "cidr": "10.5.0.0/24"}
    pillar["users"]["alice"]["gateway"] |= {"lan": ["uplink"], "hosts": {}}
    (told,) = validate(pillar)
    assert str(told) == f"{AT}.lan: uplink cannot be the name of a network there: policies mean another"


def test_who_leaves_out_a_network_is_told_what_still_names_it():
    pillar = yaml.safe_load(PILLAR)
    pillar["blueprints"]["eole"]["gateway"] |= {"policy": {"academie": {"windows": "allow"}}, "dhcp": {"windows": {}}}
    pillar["users"]["alice"]["gateway"]["lan"] = ["academie"]
    assert [str(fault) for fault in validate(pillar)] == [
        f"{AT}.lan: leaves out network windows, which dhcp.windows still names",
        f"{AT}.lan: leaves out network windows, which policy.academie.windows still names",
    ]


@pytest.mark.parametrize(
    ("lan", "named"),
    [
        (["academie", "windows"], ["dhcp.academie", "lan", "policy.academie", "policy.windows.academie"]),
        (["windows"], ["dhcp.academie", "policy.academie", "policy.windows.academie"]),
    ],
)
def test_who_takes_away_a_network_is_told_of_all_that_still_name_it(lan, named):
    pillar = yaml.safe_load(PILLAR)
    pillar["blueprints"]["eole"]["gateway"] |= {
        "lan": lan,
        "policy": {"academie": {"windows": "allow"}, "windows": {"academie": "deny"}},
        "dhcp": {"academie": {"first": "192.168.0.210", "size": 20}},
    }
    pillar["users"]["alice"]["networks"] = {"academie": None}
    assert [str(fault) for fault in validate(pillar)] == [
        f"users.alice.networks.academie: null removes a network that gateway.{place} still names" for place in named
    ]


def test_a_network_with_a_fault_is_not_said_to_be_missing():
    pillar = yaml.safe_load(PILLAR)
    pillar["blueprints"]["eole"]["networks"]["academie"] = []
    pillar["users"]["alice"]["gateway"] |= {"dhcp": {"academie": {}}, "policy": {"academie": {"windows": "allow"}}}
    (told,) = validate(pillar)
    assert told.path == "blueprints.eole.networks.academie"


def test_every_fault_at_once():
    inside = "{policy: {a: {b: allow}}, forwards: {w: {}}, dhcp: {c: {}}, hosts: {d: 1.2.3.4}, apt_proxi: x}"
    assert len(faults(inside)) == 7
