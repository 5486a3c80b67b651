"""Validation never raises for any pillar, and a valid pillar can be applied."""

import copy
import datetime
import random
import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from onecore.kinds.registry import KINDS
from onecore.model.nodes import Each, Either, Keys, Many
from onecore.orchestration.gateway_part import part_of
from onecore.pillar import layers
from onecore.pillar.infrastructure import expand
from onecore.pillar.shared import shared
from onecore.schema import Fault, validate
from onecore.schema.pillar import PILLAR

#: Every key of the schema at least once, without a fault.
EVERYTHING = yaml.safe_load("""
connection: {endpoint: 'http://one:2633/RPC2', username: u, password: p, timeout: 3, retries: 2, ca: /x, cert: [/a, /b]}
profiles: {lab: {endpoint: 'https://lab/RPC2', token: 'u:t', verify: false}, file: {auth_file: /x}}
prune: true
max_deletions: 3
shared:
  groups:
    eole:
      admins: [root]
      quota:
        {vms: 3, cpu: 2.5, memory: 3G, running_vms: -1, running_cpu: 1, running_memory: 512, system_disk_size: 1T,
         networks: {EOLE: 3, X: {leases: 4}}, datastores: {default: {size: 3G, images: 3}},
         images: {i: 3, j: {rvms: 3}}}
      attributes: {A: b, c: {d: 1}, E: [1, {f: g}]}
  networks:
    EOLE: {owner: oneadmin, driver: bridge, bridge: br0, cidr: 192.168.230.0/24, first: 192.168.230.11, size: 200,
           permissions: "644", group: eole, clusters: [default], mtu: 1400, gateway: 192.168.230.1}
    V: {driver: vxlan, phydev: eth1, vlan_id: 70000, dns: 10.0.0.1 8.8.8.8,
        network_address: 10.0.0.0, network_mask: 255.255.0.0}
    O: {driver: ovswitch_vxlan, phydev: eth1, outer_vlan_id: 7, vlan_id: 3}
    P: {driver: ovswitch_vxlan, phydev: eth1, automatic_outer_vlan_id: true}
    A:
      driver: 802.1Q
      phydev: eth1
      automatic_vlan_id: true
      address_ranges:
        a: {type: IP6, size: 3, global_prefix: 'fd00::', ula_prefix: 'fd01::'}
        b: {type: IP4_6_STATIC, ip: 10.0.0.1, ip6: 'fd00::1', prefix_length: 64, size: 3, mac: '02:00:c0:a8:00:32'}
        c: {type: ETHER, size: 3, X: y}
        d: {ip: 10.0.0.9, size: 3, shared: true}
  images:
    debian-12: {datastore: default, path: /x, type: OS, persistent: false, description: x, dev_prefix: vd, format: raw}
    data: {datastore: default, size: 10G, owner: alice, group: eole, permissions: '644', attributes: {X: y}}
  templates:
    gateway:
      owner: oneadmin
      cpu: 0.5
      vcpu: 1
      memory: 512M
      disks: [{image: debian-12, owner: oneadmin, size: 20G, TARGET: vda}]
      nics: [{network: a}, {network: EOLE, owner: oneadmin, shared: true, model: virtio, ip: 192.168.230.12}]
      context: {NETWORK: 'YES'}
      graphics: {TYPE: VNC}
      description: x
      group: eole
      permissions: '644'
      attributes: {LOGO: x}
blueprints:
  eole:
    group: eole
    groups: [a, b]
    auth_driver: core
    enabled: true
    prune: false
    max_deletions: 9
    vlans: {first: 2, last: 4094, phydev: eth1}
    quota: {vms: 30, memory: 64G, cpu: -1}
    attributes: {X: y}
    networks:
      academie: {vlan: 0, cidr: 192.168.0.0/24, first: 192.168.0.50, size: 150, gateway: 192.168.0.1, dns: 192.168.0.1}
      windows: {vlan: 1, cidr: 192.168.253.0/24, address_ranges: {x: {ip: 192.168.253.10, size: 5}}}
      RIE: {vlan: 2, network_address: 192.168.227.0, network_mask: 255.255.255.0, permissions: '600'}
      free: {driver: bridge, group: other, attributes: {A: b}}
      auto: {automatic_vlan_id: true}
    gateway:
      name: gw
      template: gateway
      template_owner: oneadmin
      uplink: {network: EOLE, owner: oneadmin}
      lan: {academie: null, RIE: 192.168.227.254, windows: null}
      context: {A: b}
      cpu: 1
      vcpu: 2
      memory: 512M
      power: running
      wait: false
      group: eole
      permissions: '600'
      attributes: {D: e}
      policy:
        academie: {uplink: deny, gateway: {tcp: [22, 8000-8010], udp: [123], ping: true}}
        uplink: {academie: allow}
      forwards: {web: {protocol: tcp, port: 80, to: 192.168.0.60, to_port: 8080, from: [10.0.0.0/8]}}
      dhcp: {academie: {first: 192.168.0.210, size: 20, lease_time: 12h}}
      hosts: {scribe: 192.168.0.60, horus: {ip: 192.168.0.61, mac: '02:00:00:00:00:01'}}
      dns: {domain: school.internal, servers: 10.0.0.1 10.0.0.2}
      ntp: {servers: [ntp.example.org]}
      apt_proxy: http://proxy:3142
    labs:
      school:
        mail: {template: gateway, nics: [{network: academie, ip: 192.168.0.62}]}
        web: {template: gateway, networks: [RIE], after: [mail], snapshot: initial}
  auto: {vlans: {automatic: true, phydev: eth2, driver: vxlan}, networks: {n: {vlan: 3, cidr: 10.0.0.0/8}},
         gateway: {template: t, lan: [n]}}
users:
  alice: {blueprint: eole, vlan_base: 100, gateway: {uplink_ip: 192.168.230.11}, password: x, enabled: false,
          ssh_public_key: 'ssh-ed25519 AAAA x'}
  bob: {blueprint: eole, vlan_base: 130, gateway: {uplink_ip: 192.168.230.12, lan: [academie]}, quota: {vms: null},
        networks: {windows: null, academie: {mtu: 1400, size: 20}, extra: {vlan: 9}}, groups: [c],
        attributes: {X: null}}
  carl: {blueprint: auto}
  dora: {blueprint: eole, vlan_base: 160, gateway: null, prune: true}
""")

ODD = [None, "", 0, -1, 1, True, False, 1.5, float("nan"), float("inf"), "x", " a ", "é" * 70, "a:b", "]]>", "\x00"]
ODD += [
    "\ud800",
    "a\\",
    [],
    {},
    [None],
    [[]],
    {"a": None},
    {"a": {}},
    {1: 2},
    {None: None},
    (1,),
    b"x",
    set(),
    object(),
]
ODD += [datetime.date(2024, 1, 1), "10.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "255.255.255.255", "255.255.255.255/32"]
ODD += ["fe80::1%1", "644", "bridge", "dummy", "ovswitch", "oneadmin", "sdb://x", "ETHER", "IP6_STATIC", "*" * 10]
#: Python itself refuses to write this one out.
HUGE = 10**5000

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(ODD)


def keys_of(node):
    """Every key that a schema knows anywhere."""
    if isinstance(node, Keys):
        return {*node.fields, *(key for field in node.fields.values() for key in keys_of(field.node))}
    if isinstance(node, Either):
        return {key for each in node.nodes for key in keys_of(each)}
    return keys_of(node.item) if isinstance(node, Each | Many) else set()


KEYS = (
    st.sampled_from(sorted(keys_of(PILLAR)))
    | st.sampled_from(["eole", "alice", "academie", "A"])
    | SCALARS.filter(lambda key: key.__hash__ is not None)
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6), max_leaves=25
)


def check(config):
    """Validate; what has no error must expand to objects whose kinds accept them."""
    found = validate(config)
    assert found == sorted(found)
    for fault in found:
        assert isinstance(fault, Fault) and fault.message
        assert str(fault).isprintable(), str(fault)
        assert len(str(fault)) < 2000
    if not found and isinstance(config, dict):
        for user in (None, *layers.users(config)):
            wanted = shared(config) if user is None else expand(config, user)
            for each in wanted:
                KINDS[each.kind].order(each, "oneadmin")
            gateway = layers.effective(config, user).get("gateway") if user else None
            if gateway and "virtual_router" not in gateway:
                assert "faults" not in part_of(config, user)
            assert layers.settings(config, user).keys() == layers.DEFAULT_SETTINGS.keys()
    return found


def places(data, path=()):
    """The paths of everything in nested data."""
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield (*path, key)
        yield from places(value, (*path, key))


def test_everything_is_sound():
    assert check(EVERYTHING) == []


@settings(max_examples=300)
@given(ANYTHING)
def test_anything(config):
    check(config)


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from([*PILLAR.fields]), ANYTHING, max_size=7))
def test_anything_under_known_keys(config):
    check(config)


@pytest.mark.parametrize("seed", range(8))
def test_everything_with_something_odd_in_it(seed):
    """Put odd values, and values and keys from elsewhere in the pillar, anywhere."""
    chance = random.Random(seed)
    every = list(places(EVERYTHING))
    sound = 0
    for _ in range(150):
        config = copy.deepcopy(EVERYTHING)
        for _ in range(chance.choice([1, 1, 2, 4])):
            change(config, chance.choice(every), chance, every)
        sound += not check(config)
    assert sound, "no change at all was sound: this tests only half"


def change(config, path, chance, every):
    """Replace, remove or add one thing."""
    holder = inside(config, path[:-1])
    value = copy.deepcopy(chance.choice([*ODD, 2**33, 4094, HUGE, inside(EVERYTHING, chance.choice(every))]))
    if not isinstance(holder, dict | list):
        return
    if isinstance(holder, dict) and chance.random() < 0.3:
        holder[chance.choice(every)[-1]] = value
    elif isinstance(holder, list) and path[-1] >= len(holder):
        holder.append(value)
    elif chance.random() < 0.7:
        holder[path[-1]] = value
    elif isinstance(holder, list) or path[-1] in holder:
        del holder[path[-1]]


def inside(data, path):
    for key in path:
        if isinstance(data, list):
            data = data[key] if isinstance(key, int) and key < len(data) else None
        else:
            data = data.get(key) if isinstance(data, dict) else None
    return data


def test_data_that_contain_themselves():
    config = {}
    config["users"] = config["blueprints"] = config["shared"] = config
    ranks = []
    ranks.append(ranks)
    config["blueprints"] = {"b": {"attributes": {"A": ranks, "B": config}, "networks": config}}
    assert check(config)


def test_many_faults_take_no_time():
    config = {"users": {f"user{i}": {"blueprnt": "x", "vlan_base": "y"} for i in range(3000)}}
    started = time.process_time()
    assert len(validate(config)) == 2 * 3000
    assert time.process_time() - started < 3
