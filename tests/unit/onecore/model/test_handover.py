"""Objects for other users are created in the account's namespace."""

import time

import pytest

from onecore.basics.errors import AllocateError, InternalError
from onecore.basics.marks import transit_name
from onecore.basics.plan import Desired
from onecore.basics.syntax import parse
from onecore.basics.values import object_name
from onecore.engine.converge import converge
from tests.doubles.fake_cloud import KINDS, FakeCloud, cloud_of, described

USERS = [described("oneuser", 0, "oneadmin"), described("oneuser", 2, "alice")]


class Server(FakeCloud):
    """One that allocates, chowns and renames networks, and knows which names are taken."""

    def __init__(self, *networks):
        super().__init__(oneuser=USERS, onevnet=networks)
        self.answers = {"one.vn.allocate": self.allocate, "one.vn.chown": self.chown, "one.vn.rename": self.rename}
        self.networks = self.objects["onevnet"]

    def allocate(self, template, cluster):
        attributes = parse(template)
        name = attributes.pop("NAME")
        if any((each["UNAME"], each["NAME"]) == ("oneadmin", name) for each in self.networks.values()):
            raise InternalError("NAME is already taken by NET 1.")
        number = max(self.networks, default=0) + 1
        self.networks[number] = network(number, name, "oneadmin", **attributes)
        return number

    def chown(self, number, uid, gid):
        self.networks[number]["UNAME"] = "alice"
        return number

    def rename(self, number, name):
        self.networks[number]["NAME"] = name
        return number

    @property
    def names(self):
        return sorted((each["UNAME"], each["NAME"]) for each in self.networks.values())


def network(number, name, owner, **attributes):
    return described("onevnet", number, name, owner, VN_MAD="bridge", TEMPLATE=attributes)


def present(fake, mark="eole/alice", adopt=True):
    desired = Desired("onevnet", "dmz", "alice", {"driver": "bridge"}, mark, adopt)
    (report,) = converge(cloud_of(fake), KINDS, [desired])
    return report


def test_two_writes():
    fake = Server()
    assert present(fake).error == ""
    assert [call[0] for call in fake.writes] == ["one.vn.allocate", "one.vn.chown"]
    assert parse(fake.writes[0][1]) == {"NAME": "dmz", "VN_MAD": "bridge", "SALT_MANAGED": "eole/alice/onevnet/dmz"}
    assert fake.writes[1] == ("one.vn.chown", 1, 2, -1)


def test_a_network_is_handed_over_when_it_is_ready():
    fake = Server()
    cloud = cloud_of(fake, lambda: fake.networks[1].update(STATE=1))
    allocate = fake.allocate
    fake.answers["one.vn.allocate"] = lambda *given: (allocate(*given), fake.networks[1].update(STATE=2))[0]

    def chown(number, uid, gid):
        assert fake.networks[number]["STATE"] == 1
        return Server.chown(fake, number, uid, gid)

    fake.answers["one.vn.chown"] = chown
    (report,) = converge(cloud, KINDS, [Desired("onevnet", "dmz", "alice", {"driver": "bridge"}, "eole/alice")])
    assert report.error == "" and fake.names == [("alice", "dmz")]


def test_a_network_that_does_not_become_ready_waits_for_the_next_run():
    fake = Server(network(1, "dmz", "oneadmin", SALT_MANAGED="eole/alice"))
    fake.networks[1]["STATE"] = 2
    cloud = cloud_of(fake, lambda: time.sleep(0.01))
    desired = Desired("onevnet", "dmz", "alice", {"driver": "bridge"}, "eole/alice")
    (report,) = converge(cloud, KINDS, [desired], timeout=0.001)
    assert "its state was LOCK_CREATE" in report.error and fake.writes == []
    fake.networks[1]["STATE"] = 1
    assert present(fake).error == "" and fake.names == [("alice", "dmz")]


def test_the_object_of_another_run_for_the_same_owner_is_finished():
    fake = Server()
    allocate = fake.allocate

    def taken_meanwhile(template, cluster):
        fake.networks[1] = network(1, "dmz", "oneadmin", SALT_MANAGED="eole/alice")
        return allocate(template, cluster)

    fake.answers["one.vn.allocate"] = taken_meanwhile
    assert present(fake).error == ""
    assert fake.names == [("alice", "dmz")]


def test_a_name_that_the_account_keeps_for_itself():
    fake = Server(network(1, "dmz", "oneadmin"))
    assert present(fake).error == ""
    assert [call[0] for call in fake.writes] == ["one.vn.allocate", "one.vn.chown", "one.vn.rename"]
    assert fake.names == [("alice", "dmz"), ("oneadmin", "dmz")]


@pytest.mark.parametrize("test", [True, False])
def test_a_name_that_the_account_wants_and_an_interrupted_run_left_behind(test):
    fake = Server(network(7, "dmz", "oneadmin", SALT_MANAGED="eole/alice/onevnet/dmz"))
    owners = ("oneadmin", "alice")
    wanted = [Desired("onevnet", "dmz", owner, {"driver": "bridge"}, f"eole/{owner}") for owner in owners]
    reports = converge(cloud_of(fake), KINDS, wanted, test)
    assert [(report.owner, report.action, report.error) for report in reports] == [
        ("oneadmin", "create", ""),
        ("alice", "create", ""),
    ]
    if not test:
        assert fake.names == [("alice", "dmz"), ("oneadmin", "dmz")] and fake.networks[7]["UNAME"] == "alice"
    assert bool(fake.writes) is not test


def test_a_name_that_another_run_is_just_using():
    fake = Server()
    allocate = fake.allocate

    def taken_meanwhile(template, cluster):
        fake.networks[1] = network(1, "dmz", "oneadmin", SALT_MANAGED="eole/bob")
        fake.answers["one.vn.allocate"] = allocate
        return allocate(template, cluster)

    fake.answers["one.vn.allocate"] = taken_meanwhile
    assert present(fake).error == ""
    assert fake.names == [("alice", "dmz"), ("oneadmin", "dmz")]


@pytest.mark.parametrize("error", [AllocateError("no room"), InternalError("no VLAN left")])
def test_another_reason(error):
    fake = Server()
    fake.answers["one.vn.allocate"] = error
    assert present(fake).error == str(error)
    assert fake.calls["one.vn.allocate"] == 1


@pytest.mark.parametrize(
    ("owner", "name", "writes"),
    [
        ("oneadmin", "dmz", ["one.vn.chown"]),
        ("oneadmin", transit_name("alice", "dmz"), ["one.vn.chown", "one.vn.rename"]),
        ("alice", transit_name("alice", "dmz"), ["one.vn.rename"]),
    ],
)
def test_what_an_interrupted_run_left_behind(owner, name, writes):
    fake = Server(network(7, name, owner, SALT_MANAGED="eole/alice/onevnet/dmz"))
    assert present(fake, adopt=False).error == ""
    assert [call[0] for call in fake.writes] == writes
    assert fake.names == [("alice", "dmz")] and list(fake.networks) == [7]


@pytest.mark.parametrize("mark", ["eole/bob", "shared/oneadmin", ""])
def test_what_is_somebody_elses(mark):
    fake = Server(network(7, "dmz", "oneadmin", SALT_MANAGED=mark))
    assert present(fake).error == ""
    assert fake.names == [("alice", "dmz"), ("oneadmin", "dmz")]
    assert fake.networks[7]["UNAME"] == "oneadmin"


def test_names_in_transit():
    long = [("é" * 64, "x" * 128), ("é" * 64, "x" * 127 + "y")]
    keys = [("alice", "dmz"), ("alice.dmz", "x"), ("alice", "dmz.x"), *long]
    names = {transit_name(*key) for key in keys}
    assert len(names) == len(keys)
    assert all(object_name("virtual network", name) == name for name in names)
