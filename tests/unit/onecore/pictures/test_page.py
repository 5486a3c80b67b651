"""The page of a cloud: its sheets, and that no data of a cloud become markup."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onecore.pictures import sheets, vlans
from onecore.pictures.leases import leases
from onecore.pictures.page import page
from onecore.pictures.sheets import Column, Sheet, tone
from tests.doubles.fake_cloud import FakeCloud, cloud, cloud_of, described


def network(number, name, owner="alice", **content):
    template = {"NETWORK_ADDRESS": "10.1.3.0", "NETWORK_MASK": "255.255.255.0", "SECURITY_GROUPS": "0,100"}
    content = {"VLAN_ID": 100 + number, "PHYDEV": "eth1", "VN_MAD": "802.1Q", "TEMPLATE": template, **content}
    return described("onevnet", number, name, owner, **content)


def vm(number, name, *addresses, **content):
    nics = [{"NETWORK_ID": network, "IP": ip, "MAC": "02:00"} for network, ip in addresses]
    return described("onevm", number, name, **{"TEMPLATE": {"NIC": nics, "CPU": "0.50", "MEMORY": "2048"}, **content})


def content(**more):
    """What is in a cloud with two networks and two VMs."""
    every = {
        "oneuser": [described("oneuser", 2, "alice", GNAME="eole")],
        "onevnet": [
            network(3, "dmz1", USED_LEASES=1, AR_POOL={"AR": [{"SIZE": 50}, {"SIZE": 5}]}),
            network(4, "lan", USED_LEASES=0, STATE=5),
        ],
        "onevm": [
            vm(0, "gateway", (3, "10.1.3.1"), HISTORY_RECORDS={"HISTORY": {"SEQ": 0, "HOSTNAME": "host1"}}),
            vm(1, "scribe", USER_TEMPLATE={"LAB": "etb1"}, STATE=8, LCM_STATE=0),
        ],
        "onesecgroup": [described("onesecgroup", 100, "web")],
    }
    return {**every, **more}


def seen(**more):
    return cloud(**content(**more))


def as_dicts(sheet):
    return [dict(zip([each.title for each in sheet.columns], row, strict=True)) for row in sheet.rows]


def test_users_are_those_of_the_cloud_and_of_the_pillar():
    told = [{"user": "zelda", "state": "missing", "vlans": None, "gateway": None, "uplink": None, "undeclared": []}]
    alice, zelda = as_dicts(sheets.users(seen(), told, {"zelda": "eole"}, {"zelda": 2}))
    assert (alice["User"], alice["State"], alice["Networks"], alice["VMs"], alice["Leases"], alice["Group"]) == (
        "alice", "not declared", 2, 2, 1, "eole"
    )  # fmt: skip
    assert (zelda["User"], zelda["State"], zelda["Blueprint"], zelda["Labs"], zelda["ID"]) == (
        "zelda", "missing", "eole", 2, None
    )  # fmt: skip


def test_networks():
    dmz1, lan = as_dicts(sheets.networks(seen()))
    assert dmz1 == {
        "Network": "dmz1",
        "Owner": "alice",
        "State": "READY",
        "VLAN": 103,
        "Addresses": "10.1.3.0/24",
        "Leases": [1, 55],
        "Device": "eth1",
        "Driver": "802.1Q",
        "Security groups": ["web"],
        "Group": "users",
        "Made for": None,
        "ID": 3,
    }
    assert lan["State"] == "ERROR"


def test_machines():
    gateway, scribe = as_dicts(sheets.machines(seen()))
    assert (gateway["Addresses"], gateway["Host"], gateway["CPU"], gateway["Memory (MB)"]) == (
        ["10.1.3.1"], "host1", 0.5, 2048
    )  # fmt: skip
    assert (scribe["State"], scribe["Lab"], scribe["Host"]) == ("POWEROFF", "etb1", None)


def test_labs():
    told = [
        {"user": "alice", "lab": "etb1", "vm": name, "id": number, "state": state, "ip": None, "ready": ready}
        for name, number, state, ready in (
            ("a", 1, "RUNNING", True), ("b", 2, "BOOT", False), ("c", None, "missing", False)
        )
    ]  # fmt: skip
    rows = as_dicts(sheets.labs(told, False))
    assert [row["Ready"] for row in rows] == ["ready", "not ready", "not built"]
    # A lab that nobody has built is no problem, and does not count as one.
    assert (tone(rows[2]["Ready"]), rows[2]["State"]) == ("", None)
    assert "declares no labs" in sheets.labs([], False).empty
    assert "errors" in sheets.labs([], True).empty


def test_leases_come_from_vms_at_no_further_call():
    fake = FakeCloud(**content())
    (lease,) = as_dicts(leases(cloud_of(fake)))
    assert (lease["Address"], lease["Network"], lease["Held by"], lease["Holder's owner"]) == (
        "10.1.3.1", "dmz1", "VM 0 gateway", "alice"
    )  # fmt: skip
    assert set(fake.calls) == {"one.vmpool.infoextended", "one.vnpool.info"}


def test_leases_that_no_vm_has_are_read():
    held = [{"IP": "10.1.3.1", "VM": 0}, {"IP": "10.1.3.2", "VM": -1}, {"IP": "10.1.3.3", "VNET": 4}]
    held += [{"IP": "10.1.3.4", "VROUTER": 9}]
    ranges = {"AR": {"SIZE": 50, "LEASES": {"LEASE": held}}}
    found = leases(seen(onevnet=[network(3, "dmz1", USED_LEASES=4, AR_POOL=ranges), network(4, "part", "bob")]))
    assert [(row["Address"], row["Use"], row["Held by"]) for row in as_dicts(found)] == [
        ("10.1.3.1", "in use", "VM 0 gateway"),
        ("10.1.3.2", "held", None),
        ("10.1.3.3", "reserved", "virtual network 4 part"),
        ("10.1.3.4", "in use", "virtual router 9"),
    ]


def test_vlans_in_use_and_free():
    made = seen(onevnet=[network(3, "dmz1"), network(4, "twin", VLAN_ID=103), network(6, "lan")])
    used = vlans.used(made)
    rows = as_dicts(sheets.vlans(made, used, vlans.free(used, [vlans.Space("eth1", 102, 110, "eole")])))
    assert [(row["VLAN"], row["Use"], row["Network"]) for row in rows] == [
        (102, "free", None),
        (103, "shared", "dmz1"),
        (103, "shared", "twin"),
        ("104-105", "free", None),
        (106, "in use", "lan"),
        ("107-110", "free", None),
    ]


@pytest.mark.parametrize(
    ("mark", "use"), [({}, "shared"), ({"SALT_MANAGED": "shared/oneadmin/onevnet/trunk"}, "in use")]
)
def test_a_trunk_shares_the_vlans_that_it_carries(mark, use):
    carrying = {"VN_MAD": "bridge", "VLAN_ID": "", "TEMPLATE": {"VLAN_TAGGED_ID": "102-104", **mark}}
    made = seen(onevnet=[network(3, "dmz1"), network(4, "trunk", "oneadmin", **carrying)])
    rows = as_dicts(sheets.vlans(made, vlans.used(made), []))
    assert [(row["VLAN"], row["Use"], row["Network"]) for row in rows] == [
        ("102-104", use, "trunk"),
        (103, use, "dmz1"),
    ]


def test_a_reservation_does_not_share_the_vlan_of_its_parent():
    part = network(4, "part", "bob", VLAN_ID=103, PARENT_NETWORK_ID=3)
    made = seen(onevnet=[network(3, "dmz1"), part])
    assert {row["Use"] for row in as_dicts(sheets.vlans(made, vlans.used(made), []))} == {"in use"}


@pytest.mark.parametrize(
    ("state", "expected"),
    [("RUNNING", "good"), ("BOOT_FAILURE", "bad"), ("missing", "bad"), ("POWEROFF", ""), ("BOOT", "busy"), ("free", ""),
     ("not visible to bob", "busy"), ("no gateway", ""), ("not built", "")],
)  # fmt: skip
def test_what_a_state_means(state, expected):
    assert tone(state) == expected


# -- the page ---------------------------------------------------------------------------------------------------------


class Elements(HTMLParser):
    """What a browser makes of a page: its elements, and the content of its scripts."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.contents, self.inside = [], {}, ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.inside = tag + str(dict(attrs).get("id", ""))
        self.tags.append((tag, tuple(sorted(dict(attrs).items() - {("content", dict(attrs).get("content"))}))))

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        self.contents[self.inside] = self.contents.get(self.inside, "") + data


COLUMNS = (Column("Name"), Column("State", "state"))
EMPTY = Elements(page([Sheet("Users", COLUMNS, [["a", "b"]])], "a cloud", 0, ["a notice"]))
MARKUP = st.sampled_from(["</script>", "<!--", "<script>", "]]>", "&lt;", "\u2028", "\ud800", "\x00", "'\"", "{style}"])
TEXTS = st.lists(st.one_of(st.text(max_size=8), MARKUP), max_size=4).map("".join)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_nothing_of_a_cloud_becomes_a_part_of_the_page(name, state, title, notice):
    rows = [[name, state], [None, state]]
    text = page([Sheet(title, (Column(name), COLUMNS[1]), rows, notice)], title, 0, [notice])
    found = Elements(text)
    assert found.tags == EMPTY.tags
    assert found.contents["script"] == EMPTY.contents["script"]
    book = json.loads(found.contents["scriptbook"])
    told = json.loads(json.dumps(rows, ensure_ascii=False).encode("utf-8", "replace"))
    assert book["sheets"][0]["rows"] == told
    text.encode()


def test_the_page_runs_its_own_script_alone():
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page([], "a cloud", 0))
    digest = base64.b64encode(hashlib.sha256(EMPTY.contents["script"].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


def test_the_page_needs_nothing_else():
    text = page([], "a cloud", 0)
    assert not re.findall(r'(?:src|href)="|url\(|@import|https?:', text)
