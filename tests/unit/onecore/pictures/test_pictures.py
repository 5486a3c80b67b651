"""Topologies and the map of VLANs, in which all text is escaped."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from onecore.pictures import drawing, vlans
from onecore.pictures.topology import Lane, Machine, Passage, Topology, owners, topologies
from tests.doubles.fake_cloud import cloud, described

SVG = "{http://www.w3.org/2000/svg}"


def network(number, name, vlan, owner="alice", **template):
    template = {"NETWORK_ADDRESS": "10.1.3.0", "NETWORK_MASK": "255.255.255.0", **template}
    return described("onevnet", number, name, owner, VLAN_ID=vlan, PHYDEV="eth1", VN_MAD="802.1Q", TEMPLATE=template)


def cloud_with(*networks):
    """A cloud with a user's gateway and a VM without networks; more networks by argument."""
    nics = [{"NETWORK_ID": 5, "IP": "192.168.0.11"}, {"NETWORK_ID": 3, "IP": "10.1.3.1"}]
    return cloud(
        onevnet=[
            network(3, "dmz1", 108, SECURITY_GROUPS="0,100"),
            network(4, "lan", 107),
            network(5, "uplink", 2, "oneadmin"),
            network(6, "dmz1", 208, "bob"),
            *networks,
        ],
        onevm=[described("onevm", 0, "gateway", TEMPLATE={"NIC": nics}), described("onevm", 1, "alone")],
        onesecgroup=[described("onesecgroup", 100, "web")],
    )


POLICY = {"alice": {"dmz1": {"lan": {"tcp": [80, 443], "ping": True}}, "lan": {"dmz1": "deny", "uplink": "allow"}}}


def test_what_a_user_has():
    (found,) = topologies(cloud_with(), ["alice"], POLICY)
    assert [(each.name, each.owner, each.where, each.groups) for each in found.lanes] == [
        ("lan", "alice", "VLAN 107 · 10.1.3.0/24", ()),
        ("dmz1", "alice", "VLAN 108 · 10.1.3.0/24", ("web",)),
        ("uplink", "oneadmin", "VLAN 2 · 10.1.3.0/24", ()),
    ]
    assert [(each.name, dict(each.addresses)) for each in found.machines] == [
        ("gateway", {5: "192.168.0.11", 3: "10.1.3.1"}),
        ("alone", {}),
    ]
    assert [(each.source, each.target, each.what) for each in found.passages] == [
        ("dmz1", "lan", "tcp 80, 443; ping"),
        ("lan", "uplink", "everything"),
    ]


def test_who_owns_networks():
    assert owners(cloud_with()) == ["alice", "bob", "oneadmin"]


def test_the_picture_has_every_network_machine_address_and_passage():
    text = drawing.picture(topologies(cloud_with(), ["alice", "bob"], POLICY), "two users")
    said = "".join(etree.fromstring(text.encode()).itertext())
    for word in ("dmz1", "lan", "uplink of oneadmin", "gateway", "10.1.3.1", "dmz1 → lan: tcp 80, 443; ping", "alone"):
        assert word in said


def test_dot_has_them_too():
    text = drawing.dot(topologies(cloud_with(), ["alice"], POLICY))
    assert 'net3 [shape=box, label="dmz1\\nVLAN 108 · 10.1.3.0/24"];' in text
    assert 'vm0 -> net3 [dir=none, label="10.1.3.1"];' in text
    assert 'net3 -> net4 [style=dashed, color=darkgreen, label="tcp 80, 443; ping"];' in text


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_name_becomes_markup(name, address):
    lane = Lane(1, name, name, address, (name,))
    one = Topology(name, [lane], [Machine(2, name, name, {1: address})], [Passage(name, name, address)])
    picture = etree.fromstring(drawing.picture([one], name).encode())
    assert len(list(picture.iter(f"{SVG}circle"))) == 2
    assert {element.tag.removeprefix(SVG) for element in picture.iter()} <= {
        "svg", "title", "style", "rect", "defs", "marker", "path", "g", "text", "line", "circle"
    }  # fmt: skip
    assert drawing.dot([one]).count("subgraph") >= 1


def test_vlans_in_use_and_free():
    rows = vlans.used(cloud_with())
    assert [(row["vlan"], row["network"], row["owner"], row["device"]) for row in rows] == [
        (2, "uplink", "oneadmin", "eth1"),
        (107, "lan", "alice", "eth1"),
        (108, "dmz1", "alice", "eth1"),
        (208, "dmz1", "bob", "eth1"),
    ]
    assert [(each["first"], each["last"], each["size"]) for each in vlans.free(rows, [("eth1", 2, 300)])] == [
        (3, 106, 104),
        (109, 207, 99),
        (209, 300, 92),
    ]
    assert vlans.free(rows, [("eth2", 5, 6), ("eth2", 5, 6)]) == [{"device": "eth2", "first": 5, "last": 6, "size": 2}]


def test_a_spreadsheet_takes_no_name_for_a_formula():
    row = {"device": "eth1", "vlan": 5, "network": "=1+1", "owner": "alice", "id": 3, "addresses": 'a,"b'}
    (titles, told) = csv.reader(io.StringIO(vlans.as_csv([row])))
    assert titles == ["device", "vlan", "network", "owner", "id", "addresses"]
    assert told == ["eth1", "5", "'=1+1", "alice", "3", 'a,"b']


def test_the_map_shows_two_networks_on_one_vlan():
    rows = vlans.used(cloud_with(network(7, "twin", 208)))
    squares = etree.fromstring(vlans.picture(rows).encode()).iter(f"{SVG}rect")
    shared = [each for each in squares if each.get("fill") == "#d33333"]
    assert [each.findtext(f"{SVG}title") for each in shared] == ["VLAN 208: dmz1 of bob; twin of alice"]


def test_a_reservation_shares_its_vlan_by_right():
    reserved = network(7, "mine", 208)
    reserved["PARENT_NETWORK_ID"] = 6
    squares = etree.fromstring(vlans.picture(vlans.used(cloud_with(reserved))).encode()).iter(f"{SVG}rect")
    assert not [each for each in squares if each.get("fill") == "#d33333"]
