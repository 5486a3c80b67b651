"""Virtual networks of onesim: their states, addresses, reservations and templates."""

import pytest

from .cloud import Cloud, refusal

ACTION, INTERNAL, ALLOCATE = 0x800, 0x2000, 0x4000
RANGE = "AR=[TYPE=IP4,IP=10.0.0.1,SIZE=10]"


@pytest.fixture
def sim():
    sim = Cloud()
    sim.net = sim.network(f"NAME=lab {RANGE}")
    return sim


def texts(sim, path, oid=None):
    return sim.texts(path, "one.vn.info", sim.net if oid is None else oid)


def held(sim, oid=None):
    return texts(sim, "AR_POOL/AR/LEASES/LEASE/IP", oid)


def test_a_network_is_ready_only_later(sim):
    oid = sim.call("one.vn.allocate", f"NAME=new VN_MAD=dummy BRIDGE=b {RANGE}", -1)
    assert texts(sim, "STATE", oid) == ["2"] and texts(sim, "AR_POOL/AR/IP", oid) == []
    assert "wrong state LOCK_CREATE" in refusal(sim, "one.vn.delete", oid)
    assert "Virtual Network is in wrong state: LOCK_CREATE" in refusal(sim, "one.vn.add_ar", oid, RANGE)
    sim.settle()
    assert texts(sim, "STATE", oid) == ["1"] and texts(sim, "AR_POOL/AR/IP", oid) == ["10.0.0.1"]


def test_a_wrong_range_ends_in_error(sim):
    oid = sim.network("AR=[TYPE=IP4,SIZE=1]")
    assert texts(sim, "STATE", oid) == ["5"]
    assert texts(sim, "TEMPLATE/ERROR", oid)[0].endswith("Wrong or empty IP attribute")
    sim.call("one.vn.delete", oid)
    sim.settle()
    assert sim.cloud.find("NET", oid) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "No NAME in template for Virtual Network."),
        ("NAME=x", "No VN_MAD in template for Virtual Network."),
        ("NAME=x VN_MAD=none", 'VN_MAD named "none" is not defined in oned.conf'),
        ("NAME=x VN_MAD=802.1Q PHYDEV=eth0", "VLAN_ID (or AUTOMATIC_VLAN_ID) is mandatory for driver 802.1Q"),
        ("NAME=x VN_MAD=802.1Q VLAN_ID=7", "PHYDEV is mandatory for driver 802.1Q"),
        ("NAME=x VN_MAD=dummy", "BRIDGE is mandatory for driver dummy"),
        ("NAME=a;b VN_MAD=bridge", "Invalid NAME, char ';' is not allowed"),
        ("NAME=lab VN_MAD=bridge", "NAME is already taken by NET 0."),
    ],
)
def test_templates_that_make_no_network(sim, text, message):
    assert message in refusal(sim, "one.vn.allocate", text, -1)


def test_a_driver_in_another_case_is_known_but_has_no_scripts(sim):
    oid = sim.network(f"NAME=low VN_MAD=802.1q {RANGE}")
    assert texts(sim, "STATE", oid) == ["5"]
    assert texts(sim, "TEMPLATE/AR/IP", oid) == ["10.0.0.1"] and texts(sim, "AR_POOL/AR/IP", oid) == []
    sim.call("one.vn.delete", oid)
    sim.settle()
    assert texts(sim, "STATE", oid) == ["5"]
    sim.call("one.vn.recover", oid, 2)
    assert sim.cloud.find("NET", oid) is None


def test_names_are_unique_per_owner(sim):
    alice = sim.user("alice", 1)
    other = sim.network("NAME=other")
    sim.call("one.vn.chown", other, alice, -1)
    sim.call("one.vn.rename", other, "lab")
    assert "already owns virtual network [1] with NAME lab" in refusal(sim, "one.vn.chown", sim.net, alice, -1)
    third = sim.network("NAME=third")
    assert "collides with virtual network 0" in refusal(sim, "one.vn.rename", third, "lab")


def test_an_automatic_vlan_is_free_and_given_back():
    sim, text = Cloud(), "VN_MAD=802.1Q PHYDEV=eth0 AUTOMATIC_VLAN_ID=YES"
    nets = [sim.network(text) for _ in range(3)]
    drawn = [texts(sim, "VLAN_ID", net)[0] for net in nets]
    assert len(set(drawn)) == 3 and drawn == [str(vlan) for vlan in sorted(sim.cloud.settings["vlans"])]
    sim.call("one.vn.delete", nets[1])
    sim.settle()
    assert int(drawn[1]) not in sim.cloud.settings["vlans"]


def test_holding_and_releasing(sim):
    sim.call("one.vn.hold", sim.net, 'LEASES=[IP="10.0.0.3"]')
    assert held(sim) == ["10.0.0.3"] and texts(sim, "AR_POOL/AR/LEASES/LEASE/VM") == ["-1"]
    assert refusal(sim, "one.vn.hold", sim.net, 'LEASES=[IP="10.0.0.3"]')
    assert refusal(sim, "one.vn.hold", sim.net, 'LEASES=[IP="10.0.0.99"]')
    sim.call("one.vn.release", sim.net, 'LEASES=[IP="10.0.0.4"]')  # which nobody holds
    assert refusal(sim, "one.vn.release", sim.net, "LEASES=[]")
    assert "leases in use" in refusal(sim, "one.vn.delete", sim.net)
    sim.call("one.vn.release", sim.net, 'LEASES=[IP="10.0.0.3"]')
    assert held(sim) == []


def test_ranges_come_change_and_go(sim):
    sim.call("one.vn.add_ar", sim.net, "AR=[TYPE=ETHER,SIZE=3]")
    assert texts(sim, "AR_POOL/AR/AR_ID") == ["0", "1"]
    sim.call("one.vn.update_ar", sim.net, "AR=[AR_ID=0,SIZE=20,GATEWAY=10.0.0.254]")
    assert texts(sim, "AR_POOL/AR/GATEWAY") == ["10.0.0.254"]
    assert texts(sim, "AR_POOL/AR/IP_END") == ["10.0.0.20"]
    sim.call("one.vn.hold", sim.net, 'LEASES=[IP="10.0.0.3"]')
    assert refusal(sim, "one.vn.rm_ar", sim.net, 0)
    sim.call("one.vn.rm_ar", sim.net, 1)
    assert texts(sim, "AR_POOL/AR/AR_ID") == ["0"]
    sim.call("one.vn.add_ar", sim.net, "AR=[TYPE=ETHER,SIZE=3]")
    assert texts(sim, "AR_POOL/AR/AR_ID") == ["0", "1"]


def test_a_reservation_and_its_return(sim):
    child = sim.call("one.vn.reserve", sim.net, "SIZE=4 NAME=mine AR_ID=0 IP=10.0.0.5")
    sim.settle()
    assert texts(sim, "PARENT_NETWORK_ID", child) == [str(sim.net)]
    assert (texts(sim, "AR_POOL/AR/IP", child), texts(sim, "AR_POOL/AR/SIZE", child)) == (["10.0.0.5"], ["4"])
    assert texts(sim, "USED_LEASES") == ["4"]
    assert refusal(sim, "one.vn.reserve", child, "SIZE=1 NAME=grandchild")
    assert refusal(sim, "one.vn.reserve", sim.net, "SIZE=7 NAME=large")
    sim.call("one.vn.reserve", sim.net, f"SIZE=2 NETWORK_ID={child}")
    assert texts(sim, "AR_POOL/AR/SIZE", child) == ["4", "2"]
    sim.call("one.vn.delete", child)
    sim.settle()
    assert texts(sim, "USED_LEASES") == ["0"]


def test_updates_replace_or_merge(sim):
    sim.call("one.vn.update", sim.net, "A=1 B=2 VN_MAD=dummy BRIDGE=br0", 0)
    sim.call("one.vn.update", sim.net, "B=3 C=[D=4]", 1)
    assert [texts(sim, f"TEMPLATE/{name}") for name in ("A", "B", "C/D")] == [["1"], ["3"], ["4"]]
    sim.call("one.vn.update", sim.net, "VN_MAD=dummy BRIDGE=br0", 0)
    assert texts(sim, "TEMPLATE/A") == []
    assert refusal(sim, "one.vn.update", sim.net, "A=1", 2) == "Wrong update type"


def test_a_refused_update_changes_nothing(sim):
    before = sim.call("one.vn.info", sim.net)
    assert "No VN_MAD" in refusal(sim, "one.vn.update", sim.net, "A=1", 0)
    assert "Parse error" in refusal(sim, "one.vn.update", sim.net, "A=", 1)
    assert sim.call("one.vn.info", sim.net) == before


def test_clusters(sim):
    east = sim.call("one.cluster.allocate", "east")
    sim.call("one.cluster.addvnet", east, sim.net)
    assert texts(sim, "CLUSTERS/ID") == ["0", str(east)]
    assert refusal(sim, "one.cluster.delete", east)
    sim.call("one.cluster.delvnet", east, sim.net)
    sim.call("one.cluster.delete", east)
    assert texts(sim, "CLUSTERS/ID") == ["0"]


def test_a_template_makes_networks_for_its_users():
    sim = Cloud()
    alice = sim.user("alice", 1)
    template = sim.call("one.vntemplate.allocate", f"NAME=blue VN_MAD=dummy BRIDGE=br0 {RANGE}")
    assert refusal(sim, "one.vntemplate.instantiate", template, "mine", "", user="alice")
    sim.call("one.vntemplate.chmod", template, 1, 1, 0, 0, 0, 0, 1, 0, 0)
    sim.call("one.acl.addrule", f"{0x100000000 | alice:x}", "4400000000", "8", "100000000")
    net = sim.call("one.vntemplate.instantiate", template, "mine", "NOTE=x", user="alice")
    sim.settle()
    vnet = sim.cloud.get("NET", net)
    assert (vnet.name, vnet.uname, vnet.template_id, vnet.template.get("NOTE")) == ("mine", "alice", template, "x")
    assert texts(sim, "AR_POOL/AR/IP", net) == ["10.0.0.1"]


@pytest.mark.parametrize(("operation", "state"), [(0, ["5"]), (1, ["1"]), (2, None)])
def test_recovering_what_hangs(sim, operation, state):
    oid = sim.call("one.vn.allocate", "NAME=new VN_MAD=dummy BRIDGE=b", -1)
    sim.call("one.vn.recover", oid, operation)
    if state is None:
        assert sim.cloud.find("NET", oid) is None
    else:
        assert texts(sim, "STATE", oid) == state
    sim.settle()
