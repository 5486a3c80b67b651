"""Topologies and the map of VLANs, in which all text is escaped."""

import csv
import io
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from onecore.pictures import dot, drawing, vlans
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


GATEWAYS = {
    "alice": {
        "uplink": {"network": "uplink"},
        "networks": {"dmz1": {"cidr": "10.1.3.0/24"}, "lan": {"cidr": "10.1.2.0/24"}},
        "policy": {
            "dmz1": {"lan": {"tcp": [80, 443], "ping": True}},
            "lan": {"dmz1": "deny"},
            "uplink": {"gateway": {"tcp": [22]}},
        },
        "forwards": {"web": {"port": 8080, "to": "10.1.3.60", "to_port": 80}},
    }
}  # fmt: skip


def test_what_a_user_has():
    (found,) = topologies(cloud_with(), ["alice"], GATEWAYS)
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
        ("uplink", "gateway", "tcp 22"),
        ("dmz1", "uplink", "everything"),
        ("lan", "uplink", "everything"),
        ("uplink", "dmz1", "tcp 8080 to 10.1.3.60:80"),
    ]
    assert [getattr(found.lane(name), "id", None) for name in ("lan", "uplink", "gateway")] == [4, 5, None]


def test_a_policy_that_closes_the_uplink_is_shown():
    closed = {"alice": {**GATEWAYS["alice"], "policy": {"dmz1": {"uplink": "deny"}}}}
    (found,) = topologies(cloud_with(), ["alice"], closed)
    assert [each.source for each in found.passages if each.target == "uplink"] == ["lan"]


def test_who_owns_networks():
    assert owners(cloud_with()) == ["alice", "bob", "oneadmin"]


def test_the_picture_has_every_network_machine_address_and_passage():
    text = drawing.picture(topologies(cloud_with(), ["alice", "bob"], GATEWAYS), "two users")
    said = "".join(etree.fromstring(text.encode()).itertext())
    for word in ("dmz1", "lan", "uplink of oneadmin", "gateway", "10.1.3.1", "dmz1 → lan: tcp 80, 443; ping", "alone"):
        assert word in said


def texts(picture):
    """The texts of a picture that can be read on paper, with the place where each begins and ends at most."""
    found = []
    for element in etree.fromstring(picture.encode()).iter(f"{SVG}text"):
        group = element.getparent().get("transform", "translate(0 0)")
        left, top = map(float, group.removeprefix("translate(").removesuffix(")").split())
        x, y = left + float(element.get("x")), top + float(element.get("y"))
        found.append((element.text, x, y, x + 5.5 * len(element.text)))
    return found


MANY = [
    Topology(
        f"user{number}",
        [Lane(100 * number + each, f"net{each}", f"user{number}", "VLAN 5 · 10.0.0.0/24") for each in range(25)],
        [Machine(number, "gateway", "RUNNING", {100 * number: "fd00:1234:5678:9abc:def0:1234:5678:9abc"})],
        [Passage("net0", f"net{each}", "tcp 80, 443, 8000-8080; udp 53; ping") for each in range(1, 8)],
    )
    for number in range(20)
]  # fmt: skip


def test_what_is_allowed_can_be_read_on_paper():
    said = [each[0] for each in texts(drawing.picture(topologies(cloud_with(), ["alice"], GATEWAYS), "alice"))]
    assert "→ lan: tcp 80, 443; ping" in said
    assert "→ gateway: tcp 22" in said


@pytest.mark.parametrize("shown", [MANY[:1], MANY])
def test_no_text_is_cut_at_the_edge_or_lies_on_another(shown):
    picture = drawing.picture(shown, "all")
    root = etree.fromstring(picture.encode())
    wide, high = float(root.get("width")), float(root.get("height"))
    found = sorted(texts(picture), key=lambda each: (each[2], each[1]))
    assert all(left >= 0 and right <= wide and 0 < y < high for _, left, y, right in found)
    for (_, _, y, right), (said, left, below, _) in itertools.pairwise(found):
        assert y != below or right <= left, said


def test_many_users_make_a_picture_of_the_shape_of_a_sheet():
    root = etree.fromstring(drawing.picture(MANY, "all").encode())
    assert 1 < float(root.get("width")) / float(root.get("height")) < 2


def test_dot_has_them_too():
    text = dot.dot(topologies(cloud_with(), ["alice"], GATEWAYS))
    assert 'net3 [shape=box, label="dmz1\\nVLAN 108 · 10.1.3.0/24"];' in text
    assert 'vm0 -> net3 [dir=none, label="10.1.3.1"];' in text
    assert 'net3 -> net4 [style=dashed, color=darkgreen, label="tcp 80, 443; ping"];' in text


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_name_becomes_markup(name, address):
    lane = Lane(1, name, name, address, (name,))
    one = Topology(name, [lane], [Machine(2, name, name, {1: address})], [Passage(name, name, address)])
    picture = etree.fromstring(drawing.picture([one], name).encode())
    # That of the VM, that of its NIC, and three of the legend.
    assert len(list(picture.iter(f"{SVG}circle"))) == 5
    assert {element.tag.removeprefix(SVG) for element in picture.iter()} <= {
        "svg", "title", "style", "rect", "path", "g", "text", "line", "circle"
    }  # fmt: skip
    assert dot.dot([one]).count("subgraph") >= 1


def test_vlans_in_use_and_free():
    rows = vlans.used(cloud_with())
    assert [(row["vlan"], row["network"], row["owner"], row["device"]) for row in rows] == [
        (2, "uplink", "oneadmin", "eth1"),
        (107, "lan", "alice", "eth1"),
        (108, "dmz1", "alice", "eth1"),
        (208, "dmz1", "bob", "eth1"),
    ]
    space = vlans.Space("eth1", 2, 300, "eole")
    assert [(each["first"], each["last"], each["size"]) for each in vlans.free(rows, [space])] == [
        (3, 106, 104),
        (109, 207, 99),
        (209, 300, 92),
    ]


def test_a_number_is_free_once_for_all_blueprints_that_may_use_it():
    rows = vlans.used(cloud_with())
    given = [("eth1", 200, 300, "eole"), ("eth1", 250, 260, "reseau"), ("eth2", 5, 6, "a"), ("eth2", 5, 6, "b")]
    found = vlans.free(rows, [vlans.Space(*each) for each in given])
    assert [(each["device"], each["first"], each["last"], each["blueprints"]) for each in found] == [
        ("eth1", 200, 207, ["eole"]),
        ("eth1", 209, 249, ["eole"]),
        ("eth1", 250, 260, ["eole", "reseau"]),
        ("eth1", 261, 300, ["eole"]),
        ("eth2", 5, 6, ["a", "b"]),
    ]


APART = {"reserved": False, "shares": False}


def trunk(number, text, mark=None, owner="bob"):
    made = network(number, "trunk", "", owner, VLAN_TAGGED_ID=text, **({"SALT_MANAGED": mark} if mark else {}))
    return {**made, "VN_MAD": "ovswitch", "BRIDGE": "br0"}


def free_for(*networks):
    rows = vlans.used(cloud_with(*networks))
    return rows, [(each["first"], each["last"]) for each in vlans.free(rows, [vlans.Space("eth1", 100, 299, "eole")])]


def test_the_vlans_of_a_trunk_are_in_use():
    rows, left = free_for(trunk(7, "110,150-250"))
    assert [(row["vlan"], row["last"], row["network"]) for row in rows if row["owner"] != "alice"] == [
        (2, 2, "uplink"),
        (110, 110, "trunk"),
        (150, 250, "trunk"),
        (208, 208, "dmz1"),
    ]
    assert left == [(100, 106), (109, 109), (111, 149), (251, 299)]
    squares = etree.fromstring(vlans.picture(rows).encode()).iter(f"{SVG}rect")
    shared = [each.findtext(f"{SVG}title") for each in squares if each.get("fill") == "#d33333" and len(each)]
    assert shared == ["VLAN 208: trunk of bob; dmz1 of bob"]


def test_a_trunk_that_is_declared_for_everybody_takes_no_vlan():
    rows, left = free_for(trunk(7, "150-250", "shared/oneadmin/onevnet/trunk", "oneadmin"))
    assert (150, 250) in [(row["vlan"], row["last"]) for row in rows]
    assert left == [(100, 106), (109, 207), (209, 299)]
    assert "#d33333" not in vlans.picture(rows)


def test_a_spreadsheet_takes_no_name_for_a_formula():
    row = {"device": "eth1", "vlan": 5, "last": 5, "network": "=1+1", "owner": "alice", "id": 3, "addresses": 'a,"b'}
    (titles, told) = csv.reader(io.StringIO(vlans.as_csv([row])))
    assert titles == ["device", "vlan", "last", "network", "owner", "id", "addresses"]
    assert told == ["eth1", "5", "5", "'=1+1", "alice", "3", 'a,"b']


def test_the_map_shows_two_networks_on_one_vlan():
    rows = vlans.used(cloud_with(network(7, "twin", 208)))
    squares = etree.fromstring(vlans.picture(rows).encode()).iter(f"{SVG}rect")
    shared = [each for each in squares if each.get("fill") == "#d33333" and len(each)]
    assert [each.findtext(f"{SVG}title") for each in shared] == ["VLAN 208: dmz1 of bob; twin of alice"]


def test_a_reservation_shares_its_vlan_by_right():
    reserved = network(7, "mine", 208)
    reserved["PARENT_NETWORK_ID"] = 6
    squares = etree.fromstring(vlans.picture(vlans.used(cloud_with(reserved))).encode()).iter(f"{SVG}rect")
    assert not [each for each in squares if each.get("fill") == "#d33333"]


def test_the_map_says_what_is_whose_and_what_is_free():
    picture = vlans.picture(vlans.used(cloud_with()), [vlans.Space("eth1", 100, 299, "eole")])
    said = [each[0] for each in texts(picture)]
    assert "VLANs of eth1: 4 in use, 197 free" in said
    assert {"alice: 107-108", "bob: 208", "oneadmin: 2", "free for eole: within 100-299"} <= set(said)
    hints = [each.text for each in etree.fromstring(picture.encode()).iter(f"{SVG}title")]
    assert "VLAN 109 to 207: free for eole" in hints


def test_each_owner_has_a_colour_of_their_own():
    rows = [
        {"device": "eth1", "vlan": number, "last": number, "network": "lan", "owner": f"user{number}", **APART}
        for number in range(2, 62)
    ]
    squares = etree.fromstring(vlans.picture(rows).encode()).iter(f"{SVG}rect")
    assert len({each.get("fill") for each in squares if each.get("fill")}) == 60


@pytest.mark.parametrize(
    ("numbers", "expected"), [([], ""), ([5], "5"), ([7, 6, 5, 9], "5-7, 9"), ([1, 3, 5, 7], "1, 3, 5, …")]
)
def test_numbers_in_few_words(numbers, expected):
    assert vlans.spans(numbers) == expected
