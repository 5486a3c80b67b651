"""Virtual networks: declared, changed field by field, renamed, removed, refused."""

import pytest

pytest_plugins = ["tests.functional.driver"]

DMZ = {
    "driver": "802.1Q",
    "phydev": "eth1",
    "vlan_id": 108,
    "network_address": "10.1.3.0",
    "network_mask": "255.255.255.0",
    "gateway": "10.1.3.1",
    "dns": "10.1.3.1 10.1.3.2",
    "address_ranges": {"pool": {"ip": "10.1.3.50", "size": 150}},
}
READY, ERROR = 1, 5


@pytest.fixture(scope="module", autouse=True)
def users(module_cloud):
    """alice and bob, of group eole."""
    group = module_cloud.call("one.group.allocate", "eole")
    return [module_cloud.call("one.user.allocate", name, "pw", "core", [group]) for name in ("alice", "bob")]


def ranges(vnet):
    """The address ranges of a shown network, by their first address, or by their number."""
    pool = vnet["AR_POOL"]["AR"]
    return {each.get("IP") or each["AR_ID"]: each for each in (pool if isinstance(pool, list) else [pool])}


def test_a_network_is_created_for_its_owner(one):
    made = one.converge("onevnet.present", name="dmz1", owner="alice", group="eole", permissions="640", **DMZ)
    assert "was created (ID" in made.comment
    assert made.changes["vlan_id"] == {"old": None, "new": 108}
    assert made.changes["owner"] == {"old": None, "new": "alice"}
    vnet = one.show("onevnet", "dmz1", owner="alice")
    assert (vnet["UNAME"], vnet["GNAME"], vnet["STATE"]) == ("alice", "eole", str(READY))
    assert (vnet["VN_MAD"], vnet["PHYDEV"], vnet["VLAN_ID"], vnet["VLAN_ID_AUTOMATIC"]) == (
        "802.1Q",
        "eth1",
        "108",
        "0",
    )
    assert vnet["TEMPLATE"]["DNS"] == "10.1.3.1 10.1.3.2"
    assert vnet["TEMPLATE"]["SALT_MANAGED"] == "sls/alice/onevnet/dmz1"
    assert vnet["PERMISSIONS"]["OWNER_M"] == "1"
    assert vnet["PERMISSIONS"]["GROUP_U"] == "1"
    assert vnet["PERMISSIONS"]["OTHER_U"] == "0"
    assert list(ranges(vnet)) == ["10.1.3.50"]


def test_the_same_name_of_another_owner_is_another_network(one):
    one.converge("onevnet.present", name="lan", owner="alice", driver="dummy", bridge="br0")
    one.converge("onevnet.present", name="lan", owner="bob", driver="dummy", bridge="br1")
    one.converge("onevnet.present", name="lan", driver="dummy", bridge="br2")
    found = {row["owner"]: row["id"] for row in one.run("onevnet.list") if row["name"] == "lan"}
    assert len(set(found.values())) == 3
    one.settled("onevnet.present", name="lan", owner="alice", bridge="br0")


FIELDS = {
    "driver": ("fw", "VN_MAD", "fw"),
    "vlan_id": (208, "VLAN_ID", "208"),
    "bridge": ("br7", "BRIDGE", "br7"),
    "phydev": ("eth2", "PHYDEV", "eth2"),
    "mtu": (1400, "TEMPLATE/MTU", "1400"),
    "network_address": ("10.9.0.0", "TEMPLATE/NETWORK_ADDRESS", "10.9.0.0"),
    "network_mask": ("255.255.0.0", "TEMPLATE/NETWORK_MASK", "255.255.0.0"),
    "gateway": ("10.1.3.254", "TEMPLATE/GATEWAY", "10.1.3.254"),
    "dns": ("9.9.9.9", "TEMPLATE/DNS", "9.9.9.9"),
    "group": ("users", "GNAME", "users"),
    "attributes": ({"note": 'it\'s "mine"'}, "TEMPLATE/NOTE", 'it\'s "mine"'),
}


@pytest.fixture(scope="module")
def changing():
    """Whether the network of the next test exists."""
    return {}


@pytest.mark.parametrize("field", FIELDS)
def test_one_field_changes_and_nothing_else(one, changing, field):
    if not changing:
        changing["made"] = one.converge("onevnet.present", name="changing", owner="alice", **DMZ)
    before = one.show("onevnet", "changing", owner="alice")
    value, path, stored = FIELDS[field]
    calls = one.writes()
    changed = one.converge("onevnet.present", name="changing", owner="alice", **{field: value})
    assert one.writes() == calls + 1
    assert list(changed.changes) == ["NOTE" if field == "attributes" else field]
    after = one.show("onevnet", "changing", owner="alice")
    where, _, last = path.rpartition("/")
    assert (after[where] if where else after)[last] == stored
    assert {key for key in before["TEMPLATE"] if key not in after["TEMPLATE"]} == set()
    for untouched in {"VN_MAD", "VLAN_ID", "PHYDEV", "GNAME", "AR_POOL"} - {last}:
        assert after[untouched] == before[untouched], untouched


def test_several_fields_change_in_one_call(one):
    one.converge("onevnet.present", name="several", owner="alice", **DMZ)
    calls = one.writes()
    changed = one.converge("onevnet.present", name="several", owner="alice", vlan_id=99, mtu=1400, dns="9.9.9.9")
    assert one.writes() == calls + 1
    assert set(changed.changes) == {"vlan_id", "mtu", "dns"}
    assert "reaches running VMs" in changed.comment


def test_an_attribute_is_removed_by_null_and_an_argument_by_an_empty_text(one):
    one.converge("onevnet.present", name="emptied", attributes={"note": "x", "keep": "y"}, **DMZ)
    changed = one.converge("onevnet.present", name="emptied", dns="", attributes={"note": None})
    assert changed.changes == {
        "dns": {"old": "10.1.3.1 10.1.3.2", "new": None},
        "NOTE": {"old": "x", "new": None},
    }
    template = one.show("onevnet", "emptied")["TEMPLATE"]
    assert not template.get("NOTE")
    assert not template.get("DNS")
    assert template["KEEP"] == "y"


def test_permissions_and_clusters_change(one):
    one.cloud.call("one.cluster.allocate", "rack2")
    one.converge("onevnet.present", name="permitted", owner="alice", **DMZ)
    changed = one.converge("onevnet.present", name="permitted", owner="alice", permissions="644")
    assert changed.changes == {"permissions": {"old": "600", "new": "644"}}
    changed = one.converge("onevnet.present", name="permitted", owner="alice", clusters=["default", "rack2"])
    assert changed.changes == {"clusters": {"old": ["default"], "new": ["default", "rack2"]}}
    one.converge("onevnet.present", name="permitted", owner="alice", clusters=["rack2"])
    assert one.show("onevnet", "permitted", owner="alice")["CLUSTERS"]["ID"] != "0"


def test_ranges_are_added_changed_and_removed_one_by_one(one):
    first, second = {"ip": "10.1.3.50", "size": 20}, {"ip": "10.1.3.100", "size": 10}
    one.converge("onevnet.present", name="ranges", **{**DMZ, "address_ranges": {"a": first}})
    added = one.converge("onevnet.present", name="ranges", address_ranges={"a": first, "b": second})
    assert list(added.changes) == ["address_ranges:b"]
    grown = one.converge("onevnet.present", name="ranges", address_ranges={"a": {**first, "size": 30}, "b": second})
    assert grown.changes["address_ranges:a"]["new"]["SIZE"] == 30
    found = ranges(one.show("onevnet", "ranges"))
    assert {ip: each["SIZE"] for ip, each in found.items()} == {"10.1.3.50": "30", "10.1.3.100": "10"}
    one.converge("onevnet.present", name="ranges", address_ranges={"b": second})
    found = ranges(one.show("onevnet", "ranges"))
    assert list(found) == ["10.1.3.100"]
    assert found["10.1.3.100"]["AR_ID"] == "1"


RANGES = {
    "IP4": {"ip": "10.1.0.1", "size": 5},
    "IP6": {"size": 5, "global_prefix": "2001:db8::", "ula_prefix": "fd00::"},
    "IP6_STATIC": {"ip6": "2001:db8::10", "prefix_length": 64, "size": 5},
    "IP4_6": {"ip": "10.2.0.1", "size": 5, "global_prefix": "2001:db8:1::"},
    "IP4_6_STATIC": {"ip": "10.3.0.1", "ip6": "2001:db8:2::10", "prefix_length": 64, "size": 5},
    "ETHER": {"mac": "02:00:00:00:00:01", "size": 5},
}


@pytest.mark.parametrize("type", RANGES)
def test_every_type_of_range(one, type):
    declared = {"r": {"type": type, **RANGES[type]}}
    one.converge("onevnet.present", name=f"type-{type}", driver="dummy", bridge="b", address_ranges=declared)
    grown = {"r": {**declared["r"], "size": 9}}
    changed = one.converge("onevnet.present", name=f"type-{type}", address_ranges=grown)
    assert list(changed.changes) == ["address_ranges:r"]
    (found,) = ranges(one.show("onevnet", f"type-{type}")).values()
    assert (found["TYPE"], found["SIZE"], found["AR_ID"]) == (type, "9", "0")


DRIVERS = {
    "bridge": {"bridge": "b"},
    "fw": {"bridge": "b"},
    "dummy": {"bridge": "b"},
    "ovswitch": {"bridge": "b", "vlan_id": 5},
    "802.1Q": {"phydev": "eth1", "vlan_id": 5},
    "vxlan": {"phydev": "eth1", "vlan_id": 50000},
    "ovswitch_vxlan": {"phydev": "eth1", "outer_vlan_id": 60000, "vlan_id": 7},
}


@pytest.mark.parametrize("driver", DRIVERS)
def test_every_driver(one, driver):
    one.converge("onevnet.present", name=f"driver-{driver}", driver=driver, **DRIVERS[driver])
    assert one.show("onevnet", f"driver-{driver}")["VN_MAD"] == driver


def test_an_automatic_vlan_is_drawn_once(one):
    declared = {"driver": "802.1Q", "phydev": "eth1", "automatic_vlan_id": True}
    one.converge("onevnet.present", name="automatic", **declared)
    drawn = one.show("onevnet", "automatic")["VLAN_ID"]
    assert int(drawn) > 0
    one.converge("onevnet.present", name="automatic", mtu=1400, **declared)
    assert one.show("onevnet", "automatic")["VLAN_ID"] == drawn
    sentence = one.refused("onevnet.present", name="automatic", vlan_id=77)
    assert f"vlan_id cannot be changed: OpenNebula assigned it ({drawn})" in sentence


def test_a_network_is_renamed_and_stays_the_same(one):
    one.converge("onevnet.present", name="old", owner="alice", **DMZ)
    number = one.show("onevnet", "old", owner="alice")["ID"]
    renamed = one.converge("onevnet.renamed", name="new", source="old", owner="alice")
    assert renamed.changes == {"name": {"old": "old", "new": "new"}}
    assert one.show("onevnet", "new", owner="alice")["ID"] == number
    one.settled("onevnet.present", name="new", owner="alice", **DMZ)
    assert "neither" in one.refused("onevnet.renamed", name="a", source="b", owner="alice")
    one.converge("onevnet.present", name="old", owner="alice", **DMZ)
    assert "exist" in one.refused("onevnet.renamed", name="new", source="old", owner="alice")


def test_a_network_is_removed(one):
    one.converge("onevnet.present", name="going", owner="bob", **DMZ)
    gone = one.converge("onevnet.absent", name="going", owner="bob")
    assert "was removed (ID" in gone.comment
    assert "does not exist" in one.refusal("onevnet.show", "going", owner="bob")
    one.settled("onevnet.absent", name="never-was", owner="bob")


def test_a_network_of_somebody_else_is_not_removed(one):
    one.cloud.call("one.vn.allocate", 'NAME="handmade"\nVN_MAD="dummy"\nBRIDGE="b"', 0)
    one.wait("onevnet", READY, "handmade")
    sentence = one.refused("onevnet.absent", name="handmade")
    assert "carries no SALT_MANAGED" in sentence
    assert "set adopt: true" in one.refused("onevnet.present", name="handmade", bridge="b")
    assert "SALT_MANAGED" not in one.show("onevnet", "handmade")["TEMPLATE"]
    one.converge("onevnet.present", name="handmade", bridge="b", adopt=True)
    one.settled("onevnet.present", name="handmade", bridge="b")
    assert "not created by these states: it was taken over" in one.refused("onevnet.absent", name="handmade")
    one.converge("onevnet.absent", name="handmade", unmanaged=True)


def test_a_network_in_use_is_not_removed(one):
    one.converge("onevnet.present", name="held", owner="alice", **DMZ)
    one.run("onevnet.hold", "held", "10.1.3.60", owner="alice")
    sentence = one.refused("onevnet.absent", name="held", owner="alice")
    assert "is in use: 1 lease" in sentence
    one.run("onevnet.release", "held", "10.1.3.60", owner="alice")
    one.converge("onevnet.absent", name="held", owner="alice")


def test_nothing_is_written_when_an_address_in_use_would_go(one):
    base = {"name": "held-too", "owner": "alice", "driver": "dummy", "bridge": "b"}
    ranges = {"a": {"ip": "10.8.0.1", "size": 9}, "b": {"ip": "10.8.1.1", "size": 9}}
    one.converge("onevnet.present", **base, address_ranges=ranges)
    one.run("onevnet.hold", "held-too", "10.8.0.5", owner="alice")
    sentence = one.refused("onevnet.present", **base, address_ranges={"a": {"ip": "10.8.0.1", "size": 3}})
    assert "is held, and its range would be removed" in sentence


def test_a_network_in_error_is_told(one):
    mark = 'SALT_MANAGED="sls/oneadmin/onevnet/broken"'
    one.cloud.call("one.vn.allocate", f'NAME="broken"\nVN_MAD="dummy"\nBRIDGE="b"\n{mark}\nAR=[TYPE="NO"]', 0)
    one.wait("onevnet", ERROR, "broken")
    sentence = one.refused("onevnet.present", name="broken", driver="dummy", bridge="b")
    assert "is in state ERROR" in sentence
    one.converge("onevnet.absent", name="broken")


def test_a_range_that_opennebula_refuses_is_told(one):
    """OpenNebula accepts the call, and the network ends in ERROR."""
    ranges = {"pool": {"ip": "10.1.3.50", "size": 5, "ipam_mad": "aws"}}
    made = one.state("onevnet.present", name="refused", driver="dummy", bridge="b", address_ranges=ranges)
    assert made.result is False
    assert "is in state ERROR" in made.comment
    assert "register_address_range" in made.comment


BAD = {
    "driver": ["x"],
    "vlan_id": "one hundred",
    "outer_vlan_id": 0,
    "automatic_vlan_id": "maybe",
    "automatic_outer_vlan_id": 7,
    "bridge": {"a": 1},
    "phydev": [],
    "mtu": 12,
    "network_address": "10.1.3",
    "network_mask": {},
    "gateway": "here",
    "dns": {"a": "1.1.1.1"},
    "address_ranges": "10.1.3.50-60",
    "clusters": 5,
    "group": 7,
    "permissions": 0o640,
    "attributes": ["a"],
    "timeout": "soon",
}


@pytest.mark.parametrize("field", BAD)
def test_a_bad_value_is_refused_by_name(one, field):
    sentence = one.refused("onevnet.present", name="bad", **{"driver": "dummy", "bridge": "b", field: BAD[field]})
    assert field in sentence.lower()
    assert "not" in sentence


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ({"address_ranges": {"a": {"ip": "10.1.3.50"}}}, "address_ranges.a: size must be given"),
        ({"address_ranges": {"a": {"size": 5}}}, "address_ranges.a: ip must be given"),
        ({"address_ranges": {"a": {"ip": "10.1.3.50", "size": 0}}}, "address_ranges.a.size"),
        ({"address_ranges": {"a": {"type": "IPX", "ip": "10.1.3.50", "size": 5}}}, "one of IP4, IP6"),
        ({"address_ranges": {"a": 5}}, "address_ranges.a"),
        ({"attributes": {"vlan_id": 5}}, "use vlan_id instead"),
        ({"attributes": {"salt_managed": "x"}}, "the states set it themselves"),
        ({"attributes": {"1a": "x"}}, "'1a' is no name"),
        ({"vlan_id": 5, "automatic_vlan_id": True}, "exclude each other"),
        ({"group": "nobody"}, "group nobody does not exist"),
        ({"clusters": ["nowhere"]}, "cluster nowhere does not exist"),
        ({"owner": "nobody"}, "user nobody does not exist"),
        ({"vlanid": 5}, "Unknown argument vlanid, did you mean 'vlan_id'?"),
        ({"vlan_id": 5, "drivers": "x", "zzz": 1}, "Unknown argument zzz."),
        ({"driver": None}, "driver must be given"),
        ({"bridge": ""}, "bridge must not be empty"),
    ],
)
def test_a_wrong_declaration_is_refused_in_a_sentence(one, declared, told):
    sentence = one.refused("onevnet.present", name="bad", **{"driver": "dummy", "bridge": "b", **declared})
    assert told in sentence


@pytest.mark.parametrize("name", ["a/b", "a:b", 'a"b', "a\\b", "a#b", "a$b", "x" * 129, " a", "a\tb", "{a}"])
def test_a_name_that_opennebula_forbids_is_refused(one, name):
    assert "name of a virtual network" in one.refused("onevnet.present", name=name, driver="dummy", bridge="b")


def test_unknown_arguments_of_absent_and_renamed_are_refused(one):
    assert "did you mean 'unmanaged'" in one.refused("onevnet.absent", name="x", unmanged=True)
    assert "did you mean 'source'" in one.refused("onevnet.renamed", name="x", source="y", sorce="z")
