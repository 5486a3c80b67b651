"""Errors in combinations of the pillar: VLANs, addresses, references."""

import pytest
import yaml

from onecore.schema import validate
from tests.doubles.pillars import merged

PILLAR = """
shared:
  networks:
    EOLE: {driver: bridge, bridge: br0, cidr: 192.168.230.0/24, first: 192.168.230.11, size: 200}
blueprints:
  eole:
    vlans: {first: 2, last: 4094, phydev: eth1}
    networks:
      academie: {vlan: 0, cidr: 192.168.0.0/24, first: 192.168.0.50, size: 150, gateway: 192.168.0.1, dns: 8.8.8.8}
      windows: {vlan: 1, cidr: 192.168.253.0/24}
      raip: {vlan: 2}
    gateway: {template: gateway, uplink: {network: EOLE, owner: oneadmin}, lan: [academie, windows]}
users:
  alice: {blueprint: eole, vlan_base: 100, gateway: {uplink_ip: 192.168.230.11}}
  bob: {blueprint: eole, vlan_base: 130, gateway: {uplink_ip: 192.168.230.12}}
"""


def faults(more="{}"):
    """The faults of the pillar above with more said, as YAML."""
    return [str(fault) for fault in validate(merged(yaml.safe_load(PILLAR), yaml.safe_load(more)))]


def test_the_pillar_itself_is_sound():
    assert faults() == []


def with_trunk(path, vlans):
    """More pillar: a trunk at a path."""
    network = {"driver": "ovswitch", "bridge": "br0", "phydev": "eth1", "attributes": {"VLAN_TAGGED_ID": vlans}}
    for key in reversed(path.split()):
        network = {key: network}
    return yaml.safe_dump(network)


_OF_ITS_TRUNK = "attributes.VLAN_TAGGED_ID: VLAN {} of its trunk is already that of network {} of alice"
VLANS = [
    # A trunk of a user, of everybody, and of a blueprint.
    (
        with_trunk("users bob networks mine", "5,100-101"),
        [f"users.bob.networks.mine.{_OF_ITS_TRUNK.format(100, 'academie')}, and so on for 1 more"],
    ),
    (with_trunk("shared networks V", "100-140"), []),
    (with_trunk("users alice networks mine", "5,100-102"), []),
    (
        with_trunk("blueprints eole networks mine", "40-49"),
        [f"blueprints.eole.networks.mine.{_OF_ITS_TRUNK.format('40-49', 'mine')}"],
    ),
    (
        "{users: {bob: {vlan_base: 100}}}",
        [
            "users.bob.vlan_base: VLAN 100 of network academie is already that of network academie of alice, "
            "and so on for 2 more"
        ],
    ),
    (
        "{users: {bob: {vlan_base: 102}}}",
        ["users.bob.vlan_base: VLAN 102 of network academie is already that of network raip of alice"],
    ),
    ("{users: {bob: {vlan_base: 100}}, blueprints: {eole: {vlans: {phydev: null, driver: ovswitch}}}}", []),
    (
        "{users: {bob: {networks: {raip: {vlan_id: 101}}}}}",
        ["users.bob.networks.raip.vlan_id: VLAN 101 of network raip is already that of network windows of alice"],
    ),
    ("{users: {bob: {networks: {raip: {vlan_id: 101, phydev: eth2}}}}}", []),
    ("{users: {bob: {networks: {raip: {vlan_id: 101, driver: vxlan}}}}}", []),
    (
        "{blueprints: {eole: {networks: {raip: {vlan: 1}}}}}",
        ["blueprints.eole.networks.raip.vlan: is on the same VLAN as network windows"],
    ),
    (
        "{users: {bob: {networks: {mine: {vlan: 1}}}}}",
        ["users.bob.networks.mine.vlan: is on the same VLAN as network windows"],
    ),
    (
        "{users: {alice: {networks: {mine: {vlan_id: 102}}}}}",
        ["users.alice.networks.mine.vlan_id: is on the same VLAN as network raip"],
    ),
    (
        "{users: {alice: {networks: {mine: {vlan_id: 132}}}}}",
        ["users.alice.networks.mine.vlan_id: VLAN 132 of network mine is already that of network raip of bob"],
    ),
    (
        "{users: {bob: {networks: {academie: {vlan: 1}}}}}",
        ["users.bob.networks.academie.vlan: is on the same VLAN as network windows"],
    ),
    (
        "{shared: {networks: {V: {phydev: eth1, vlan_id: 101}}}}",
        ["users.alice.vlan_base: VLAN 101 of network windows is already that of the shared network V"],
    ),
    (
        "{shared: {networks: {V: {phydev: eth1, vlan_id: 9}, W: {phydev: eth1, vlan_id: 9}}}}",
        ["shared.networks.W.vlan_id: is on the same VLAN as network V"],
    ),
    (
        "{shared: {networks: {V: {phydev: eth1, vlan_id: 4095}}}}",
        ["shared.networks.V.vlan_id: VLAN 4095 of network V is outside 1 to 4094"],
    ),
    ("{shared: {networks: {V: {driver: vxlan, phydev: eth1, vlan_id: 4095}}}}", []),
    (
        "{users: {bob: {vlan_base: 4093}}}",
        ["users.bob.vlan_base: VLAN 4095 of network raip is outside 2 to 4094"],
    ),
    (
        "{users: {bob: {vlan_base: 0}}}",
        ["users.bob.vlan_base: VLAN 0 of network academie is outside 2 to 4094, and so on for 1 more"],
    ),
    (
        "{users: {bob: {networks: {mine: {vlan_id: 1}}}}}",
        ["users.bob.networks.mine.vlan_id: VLAN 1 of network mine is outside 2 to 4094"],
    ),
    (
        "{blueprints: {eole: {vlans: {first: 9, last: 8}}}, users: null}",
        ["blueprints.eole.vlans.first: 9 is above last, 8"],
    ),
    (
        "{blueprints: {eole: {vlans: {last: 5000}}}}",
        ["blueprints.eole.vlans.last: 5000 is above 4094, the highest possible number"],
    ),
    ("{blueprints: {eole: {vlans: {last: 5000, driver: vxlan}}}}", []),
    (
        "{users: {bob: {vlan_base: null}}}",
        ["users.bob.vlan_base: is required: the vlan of each network is added to it"],
    ),
    ("{users: {bob: {vlan_base: null}}, blueprints: {eole: {vlans: {automatic: true}}}}", []),
    (
        "{users: {bob: {networks: {mine: {mtu: 1400}}}}}",
        ["users.bob.networks.mine: needs vlan (the offset to vlan_base), vlan_id or automatic_vlan_id: true"],
    ),
    ("{users: {bob: {networks: {mine: {automatic_vlan_id: true}}}}}", []),
    (
        "{users: {bob: {networks: {mine: {vlan_id: 7, automatic_vlan_id: true}}}}}",
        ["users.bob.networks.mine.automatic_vlan_id: conflicts with vlan_id; declare one of the two"],
    ),
    (
        "{shared: {networks: {V: {phydev: eth1}}}}",
        ["shared.networks.V: needs vlan_id or automatic_vlan_id: true"],
    ),
    (
        "{users: {bob: {networks: {raip: {driver: bridge}}}}}",
        ["users.bob.networks.raip.vlan: driver bridge has no VLANs (inherited from blueprint eole)"],
    ),
    ("{users: {bob: {networks: {raip: {driver: bridge, vlan: null}}}}}", []),
    (
        "{users: {bob: {networks: {raip: {driver: dummy, vlan: null}}}}}",
        ["users.bob.networks.raip: driver dummy needs bridge"],
    ),
    (
        "{blueprints: {eole: {vlans: {phydev: null}}}}",
        ["blueprints.eole.vlans: driver 802.1Q needs phydev"],
    ),
    (
        "{blueprints: {eole: {vlans: {phydev: ['eth1']}}}}",
        ["blueprints.eole.vlans.phydev: must be text; found a list"],
    ),
    (
        "{shared: {networks: {V: {driver: vxlan, vlan_id: 7}}}}",
        ["shared.networks.V: driver vxlan needs phydev"],
    ),
]

ADDRESSES = [
    ("{cidr: 10.0.0.0/24, first: 10.0.1.50, size: 5}", ["first: 10.0.1.50 is no address for a machine in 10.0.0.0/24"]),
    ("{cidr: 10.0.0.0/24, first: 10.0.0.0, size: 5}", ["first: 10.0.0.0 is no address for a machine in 10.0.0.0/24"]),
    (
        "{cidr: 10.0.0.0/24, first: 10.0.0.250, size: 6}",
        ["first: its 6 addresses from 10.0.0.250 on run past the end of 10.0.0.0/24"],
    ),
    ("{cidr: 10.0.0.0/24, first: 10.0.0.250, size: 5}", []),
    ("{cidr: 10.0.0.0/31, first: 10.0.0.0, size: 2}", []),
    ("{cidr: 10.0.0.0/24, first: 10.0.0.9}", ["first: makes an address range only together with size"]),
    ("{cidr: 10.0.0.0/24, size: 9}", ["size: makes an address range only together with first"]),
    (
        "{cidr: 10.0.0.0/24, first: 10.0.0.9, size: x}",
        ["size: must be a whole number of 1 or more; found the text 'x'"],
    ),
    ("{cidr: 10.0.0.0/24, gateway: 10.0.1.1}", ["gateway: 10.0.1.1 is no address for a router in 10.0.0.0/24"]),
    ("{cidr: 10.0.0.0/24, gateway: 10.0.0.255}", ["gateway: 10.0.0.255 is no address for a router in 10.0.0.0/24"]),
    ("{cidr: 10.0.0.0/24, dns: 9.9.9.9}", []),
    (
        "{cidr: 10.0.0.0/24, network_mask: 255.0.0.0}",
        ["network_mask: conflicts with cidr, which determines it already; declare one of the two"],
    ),
    (
        "{network_address: 10.0.0.9, network_mask: 255.255.255.0}",
        ["network_address: 10.0.0.9 is an address inside of a network; did you mean 10.0.0.0?"],
    ),
    (
        "{network_address: 10.0.0.0, network_mask: 255.255.255.0, first: 10.0.1.9, size: 1}",
        ["first: 10.0.1.9 is no address for a machine in 10.0.0.0/24"],
    ),
    (
        "{cidr: 10.0.0.0/24, first: 10.0.0.9, size: 9, address_ranges: {a: {ip: 10.0.0.17, size: 1}}}",
        ["address_ranges.a: its addresses overlap those of range pool"],
    ),
    (
        "{address_ranges: {a: {ip: 10.0.0.1, size: 99}, b: {ip: 10.0.0.2, size: 1}, c: {ip: 10.0.0.50, size: 1}}}",
        [
            "address_ranges.b: its addresses overlap those of range a",
            "address_ranges.c: its addresses overlap those of range a",
        ],
    ),
    (
        "{address_ranges: {a: {type: IP6_STATIC, ip6: 'fd00::1', prefix_length: 64, size: 9}, "
        "b: {type: IP4_6_STATIC, ip: 10.0.0.1, ip6: 'fd00::9', prefix_length: 64, size: 1}}}",
        ["address_ranges.b: its addresses overlap those of range a"],
    ),
    (
        "{first: 10.0.0.9, size: 9, "
        "holds: {10.0.0.17: a, 10.0.0.18: b, 10.0.0.8: c, 10.0.1.1: null, '02:00:0a:00:00:01': d}}",
        [
            "holds.10.0.0.18: the address is not in a range of the network",
            "holds.10.0.0.8: the address is not in a range of the network",
        ],
    ),
    ("{holds: {10.0.0.17: its ranges are those that it has}}", []),
    ("{address_ranges: {a: {size: 5}}}", ["address_ranges.a: a range of type IP4 needs ip"]),
    ("{address_ranges: {a: {type: ETHER}}}", ["address_ranges.a: a range of type ETHER needs size"]),
    (
        "{address_ranges: {a: {type: IP6_STATIC, size: 5}}}",
        ["address_ranges.a: a range of type IP6_STATIC needs ip6 and prefix_length"],
    ),
    ("{address_ranges: {a: {type: IP6, size: 5, global_prefix: 'fd00::'}}}", []),
    ("{address_ranges: {a: {size: 5, global_prefix: 'fd00::'}, b: {size: 1, ip6: 'fd00::1', prefix_length: 64}}}", []),
    (
        "{address_ranges: {a: {ip6: 'fd00::1', size: 5}}}",
        ["address_ranges.a: a range of type IP6_STATIC needs prefix_length"],
    ),
    (
        "{address_ranges: {a: {type: IP6, size: 5, ip: 10.0.0.1}}}",
        ["address_ranges.a.ip: a range of type IP6 has none"],
    ),
    (
        "{address_ranges: {a: {type: ETHER, size: 5, shared: true}}}",
        ["address_ranges.a.shared: only ranges of the types IP4 and IP6_STATIC can be shared"],
    ),
]

REFERENCES = [
    ("{users: {bob: {blueprint: eol}}}", ["users.bob.blueprint: there is no blueprint eol; did you mean eole?"]),
    ("{users: {bob: {blueprint: null}}}", ["users.bob.blueprint: is required"]),
    (
        "{users: {bob: {blueprint: sick}}, blueprints: {sick: []}}",
        ["blueprints.sick: must be a dictionary that describes a blueprint; found a list"],
    ),
    (
        "{blueprints: {eole: {gateway: {lan: [academi]}}}}",
        ["blueprints.eole.gateway.lan: there is no network academi; did you mean academie?"],
    ),
    (
        "{users: {bob: {gateway: {lan: [raip, dmz]}}}}",
        [
            "users.bob.gateway.lan: network raip has neither gateway nor cidr; set the address of the gateway there",
            "users.bob.gateway.lan: there is no network dmz",
        ],
    ),
    ("{users: {bob: {gateway: {lan: {raip: 10.0.0.1}}}}}", []),
    (
        "{users: {bob: {gateway: {lan: {windows: 10.0.0.1}}}}}",
        ["users.bob.gateway.lan: 10.0.0.1 is no address for a machine in 192.168.253.0/24, the network windows"],
    ),
    (
        "{users: {bob: {networks: {windows: null}}}}",
        ["users.bob.networks.windows: null removes a network that gateway.lan still names"],
    ),
    ("{users: {bob: {networks: {windows: null}, gateway: {lan: [academie]}}}}", []),
    (
        "{users: {bob: {networks: {raipp: null}}}}",
        ["users.bob.networks.raipp: null removes nothing: the blueprint has no such network; did you mean raip?"],
    ),
    (
        "{blueprints: {eole: {networks: {windows: 3}}}}",
        ["blueprints.eole.networks.windows: must be a dictionary that describes a network of a user; found a number"],
    ),
    ("{blueprints: {eole: {gateway: {template: null}}}}", ["blueprints.eole.gateway.template: is required"]),
    (
        "{blueprints: {eole: {gateway: null}}}",
        [
            "users.alice.gateway.template: is required",
            "users.alice.gateway.uplink_ip: there is no uplink for this address",
            "users.bob.gateway.template: is required",
            "users.bob.gateway.uplink_ip: there is no uplink for this address",
        ],
    ),
    (
        "{blueprints: {eole: {gateway: {uplink: {network: null}}}}}",
        ["blueprints.eole.gateway.uplink.network: is required"],
    ),
    (
        "{users: {bob: {gateway: {uplink_ip: 192.168.230.11}}}}",
        ["users.bob.gateway.uplink_ip: 192.168.230.11 is already the address of alice's gateway in EOLE"],
    ),
    (
        "{users: {bob: {gateway: {uplink_ip: 192.168.231.11}}}}",
        [
            "users.bob.gateway.uplink_ip: 192.168.231.11 is no address for a machine in 192.168.230.0/24,"
            " the network EOLE"
        ],
    ),
    (
        "{users: {bob: {gateway: {uplink_ip: 192.168.230.5}}}}",
        ["users.bob.gateway.uplink_ip: 192.168.230.5 is in no address range of EOLE, so OpenNebula cannot lease it"],
    ),
    ("{users: {bob: {gateway: {uplink: {network: on-the-cloud}, uplink_ip: 10.0.0.1}}}}", []),
    # It is another object's, which is not made here.
    (
        "{users: {bob: {gateway: {uplink: {adopt: true, disruption: allow}}}}}",
        [
            "users.bob.gateway.uplink.adopt: unknown key; known are network, owner",
            "users.bob.gateway.uplink.disruption: unknown key; known are network, owner",
        ],
    ),
    ("{users: {bob: {gateway: {uplink: {owner: root}, uplink_ip: 192.168.230.11}}}}", []),
    ("{users: {bob: {gateway: {template: on-the-cloud}}}}", []),
    (
        "{users: {bob: {networks: {windows: {address_ranges: {gateway: {ip: 192.168.253.9, size: 1}}}}}}}",
        [
            "users.bob.networks.windows.address_ranges.gateway: is the label of the range for 192.168.253.1, "
            "the gateway's address; choose another"
        ],
    ),
    ("{users: {bob: {networks: {windows: {address_ranges: {gateway: {ip: 192.168.253.1, size: 2}}}}}}}", []),
]

SHARED = [
    (
        "{images: {i: {}}}",
        [
            "images.i: needs path (of its data) or size (of an empty image)",
            "images.i.datastore: is required",
        ],
    ),
    ("{images: {i: {datastore: default, size: 10G}}}", []),
    ("{images: {i: {datastore: files, path: /x, type: KERNEL, persistent: false}}}", []),
    (
        "{images: {i: {datastore: files, path: /x, type: KERNEL, persistent: true}}}",
        ["images.i.persistent: an image of type KERNEL never is; leave it out"],
    ),
    (
        "{templates: {t: {nics: [{network: a}, {network: b, owner: root}]}}}",
        [
            "templates.t.nics[1].owner: ties the NIC to one user's network for everybody; "
            "leave it out, or set shared: true"
        ],
    ),
    (
        "{templates: {t: {nics: [{NETWORK_ID: 3}]}}}",
        [
            "templates.t.nics[0].NETWORK_ID: ties the NIC to one user's network for everybody; "
            "leave it out, or set shared: true"
        ],
    ),
    ("{templates: {t: {nics: [{network: b, owner: root, shared: true, FILTER: x}]}}}", []),
    (
        "{networks: {n: {driver: bridge, cidr: 10.0.0.0/24, first: 10.0.1.1, size: 3}}}",
        ["networks.n.first: 10.0.1.1 is no address for a machine in 10.0.0.0/24"],
    ),
    (
        "{groups: {eole: null}}",
        ["groups.eole: must be a dictionary that describes a group; found nothing ({} is one without details)"],
    ),
]


@pytest.mark.parametrize(("more", "found"), [*VLANS, *REFERENCES])
def test_combination(more, found):
    assert faults(more) == found


@pytest.mark.parametrize(("network", "found"), ADDRESSES)
def test_addresses(network, found):
    at_blueprint = f"{{blueprints: {{eole: {{networks: {{n: {{<<: {network}, vlan: 9}}}}}}}}}}"
    assert faults(at_blueprint) == [f"blueprints.eole.networks.n.{fault}" for fault in found]
    at_user = f"{{users: {{bob: {{networks: {{n: {{<<: {network}, vlan: 9}}}}}}}}}}"
    assert faults(at_user) == [f"users.bob.networks.n.{fault}" for fault in found]


@pytest.mark.parametrize(("more", "found"), SHARED)
def test_shared(more, found):
    assert faults(f"{{shared: {more}}}") == [f"shared.{fault}" for fault in found]


def test_fault_of_a_blueprint_without_users():
    more = "{blueprints: {other: {networks: {n: {vlan: 1, cidr: 10.0.0.0/24, gateway: 10.1.0.1}}}}}"
    assert faults(more) == [
        "blueprints.other.networks.n.gateway: 10.1.0.1 is no address for a router in 10.0.0.0/24",
        "blueprints.other.vlans: driver 802.1Q needs phydev",
    ]


def test_what_was_found_wrong_is_not_missing_as_well():
    alice, bob = "alice: {networks: {n: null}}", "bob: {networks: {n: {vlan: 1.5}}}"
    more = f"{{blueprints: {{eole: {{networks: {{n: {{}}}}}}}}, users: {{{alice}, {bob}}}}}"
    assert faults(more) == ["users.bob.networks.n.vlan: must be a whole number of 0 or more; found the number 1.5"]


def test_attributes_that_differ_in_capitals_only():
    assert faults("{shared: {groups: {g: {attributes: {Team: a, TEAM: b}}}}}") == [
        "shared.groups.g.attributes.TEAM: duplicates Team: OpenNebula ignores case in attribute names"
    ]
    eole = "{attributes: {TEAM: a}, gateway: {context: {ROLE: x}}, networks: {raip: {attributes: {X: 1}}}}"
    bob = "{attributes: {team: b}, gateway: {context: {role: x}}, networks: {raip: {attributes: {x: 2}}}}"
    assert faults(f"{{blueprints: {{eole: {eole}}}, users: {{bob: {bob}}}}}") == [
        f"users.bob.{path}: duplicates {other}: OpenNebula ignores case in attribute names"
        for path, other in (
            ("attributes.team", "TEAM"),
            ("gateway.context.role", "ROLE"),
            ("networks.raip.attributes.x", "X"),
        )
    ]


def test_what_all_users_lack_is_said_once():
    assert faults("{blueprints: {eole: {gateway: {template: null}}}}") == [
        "blueprints.eole.gateway.template: is required"
    ]


def test_misspelled_keys_are_not_missing_as_well():
    assert faults("{users: {bob: {vlan_base: null, vlan_bse: 130}}}") == [
        "users.bob.vlan_bse: unknown key; did you mean vlan_base?"
    ]


CAUSED_BY_A_USER = [
    (
        "{networks: {academie: {cidr: 10.7.0.0/24}}}",
        [
            "networks.academie.first: 192.168.0.50 is no address for a machine in 10.7.0.0/24",
            "networks.academie.gateway: 192.168.0.1 is no address for a router in 10.7.0.0/24",
        ],
    ),
    (
        "{gateway: {name: web}}",
        ["labs.school.web: is also the name of the gateway; a user has each name once"],
    ),
]


@pytest.mark.parametrize(("of_bob", "found"), CAUSED_BY_A_USER)
def test_what_one_user_breaks_is_said_at_that_user(of_bob, found):
    lab = "{school: {web: {template: t, networks: [academie]}}}"
    more = f"{{blueprints: {{eole: {{labs: {lab}}}}}, users: {{bob: {of_bob}}}}}"
    assert faults(more) == [f"users.bob.{fault} (inherited from blueprint eole)" for fault in found]


def test_what_a_blueprint_has_wrong_is_said_there_though_a_user_says_more():
    blueprint, bob = "{networks: {academie: {gateway: 10.0.0.1}}}", "{networks: {academie: {mtu: 1400}}}"
    assert faults(f"{{blueprints: {{eole: {blueprint}}}, users: {{bob: {bob}}}}}") == [
        "blueprints.eole.networks.academie.gateway: 10.0.0.1 is no address for a router in 192.168.0.0/24",
    ]


RULE, LAN = "{protocol: TCP, direction: inbound, ports: 80}", "{protocol: ALL, direction: inbound, network: academie}"
GROUPS = [
    ("{blueprints: {eole: {security_groups: {web: {rules: {http: RULE}}}}}}", []),
    (
        "{users: {bob: {security_groups: {web: {rules: {http: {protocol: ICMP, direction: inbound, ports: 80}}}}}}}",
        ["users.bob.security_groups.web.rules.http: ports is only for protocol TCP or UDP"],
    ),
    (
        "{users: {bob: {security_groups: {web: {rules: {http: {protocol: TCP}}}}}}}",
        ["users.bob.security_groups.web.rules.http: direction must be given: one of inbound, outbound"],
    ),
    (
        "{shared: {security_groups: {web: {rules: {http: {protocol: TCP, direction: inbound, size: 2}}}}}}",
        ["shared.security_groups.web.rules.http: ip needs size, and owner needs network"],
    ),
    (
        "{users: {bob: {security_groups: {wbe: null}}}, blueprints: {eole: {security_groups: {web: {}}}}}",
        [
            "users.bob.security_groups.wbe: null removes nothing: the blueprint has no such security group; did you "
            "mean web?"
        ],
    ),
    (
        "{blueprints: {eole: {security_groups: {lan: {rules: {a: LAN}}}}}}",
        [],
    ),
    (
        "{blueprints: {eole: {security_groups: {lan: {rules: {a: LAN}}}, networks: {raip: {security_groups: [lan]}}}}}",
        [
            "blueprints.eole.networks.raip.security_groups: lan has rules about networks and is created after them; "
            "use cidr in these rules"
        ],
    ),
    (
        "{users: {bob: {security_groups: {lan: {rules: {a: LAN}}}, networks: {raip: {security_groups: [lan]}}}}}",
        [
            "users.bob.networks.raip.security_groups: lan has rules about networks and is created after them; use "
            "cidr in these rules"
        ],
    ),
    (
        "{shared: {security_groups: {up: {rules: {a: {protocol: ALL, direction: inbound, network: EOLE}}}}, "
        "networks: {EOLE: {security_groups: [up]}}}}",
        [
            "shared.networks.EOLE.security_groups: up has rules about networks and is created after them; use cidr "
            "in these rules"
        ],
    ),
]


@pytest.mark.parametrize(("more", "found"), GROUPS)
def test_security_groups(more, found):
    assert faults(more.replace("RULE", RULE).replace("LAN", LAN)) == found
