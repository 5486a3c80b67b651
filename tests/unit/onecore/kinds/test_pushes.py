"""Changes of networks that OpenNebula pushes to VMs: one network at a time, without delaying other work."""

from onecore.basics.plan import Desired
from onecore.basics.syntax import parse
from onecore.engine.converge import converge
from tests.doubles.fake_cloud import KINDS, FakeCloud, cloud_of, described

USERS = [described("oneuser", 0, "oneadmin"), described("oneuser", 2, "alice")]


def existing(number):
    template = {"SALT_MANAGED": "eole/alice"}
    return described("onevnet", number, f"n{number}", STATE=1, VN_MAD="802.1Q", VLAN_ID=number, TEMPLATE=template)


def declared(number, **values):
    return Desired("onevnet", f"n{number}", "alice", {"driver": "802.1Q", **values}, "eole/alice")


def pushing(count):
    """A fake whose networks tell their VMs of a new VLAN until the returned function is called."""
    fake = FakeCloud(oneuser=USERS, onevnet=[existing(number) for number in range(count)])
    networks = fake.objects["onevnet"]

    def update(number, text, mode):
        given = parse(text)
        if "VLAN_ID" in given:
            assert not any("VNET_UPDATE" in each["TEMPLATE"] for each in networks.values())
            networks[number] |= {"VLAN_ID": given.pop("VLAN_ID")}
            networks[number]["TEMPLATE"]["VNET_UPDATE"] = "YES"
        networks[number]["TEMPLATE"] |= given

    def told():
        for each in networks.values():
            each["TEMPLATE"].pop("VNET_UPDATE", None)

    fake.answers["one.vn.update"] = update
    return fake, told


def test_networks_are_changed_one_by_one_and_nothing_waits_for_them():
    fake, told = pushing(4)
    cloud = cloud_of(fake, told, told)
    wanted = [declared(0, vlan_id=100), declared(1, vlan_id=101), declared(2, dns="1.1.1.1"), declared(3, mtu=1400)]
    assert [report.error for report in converge(cloud, KINDS, wanted)] == [""] * 4
    assert [number for _, number, *_ in fake.writes] == [0, 2, 1, 3]


def test_a_network_that_has_been_seen_to_push_is_not_read_once_more():
    fake, told = pushing(2)
    converge(cloud_of(fake, told), KINDS, [declared(0, vlan_id=100)])
    # At once, and when its VMs had been told.
    assert fake.calls == {"one.vnpool.info": 1, "one.userpool.info": 1, "one.vn.update": 1, "one.vn.info": 2}
