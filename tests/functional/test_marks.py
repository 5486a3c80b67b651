"""The owner of an object: created here, copied manually, taken over, given away, or without an existing owner."""

import copy

import pytest

from onecore.basics.marks import transit_name

pytest_plugins = ["tests.functional.driver"]

READY = 1
NETWORK = {"driver": "dummy", "bridge": "b", "address_ranges": {"lan": {"ip": "10.0.0.1", "size": 20}}}
IMAGE = {"datastore": "default", "type": "DATABLOCK", "size": 8}
TEMPLATE = {"cpu": 0.1, "memory": 64}
GROUP = {"rules": {"all": {"protocol": "ALL", "direction": "inbound"}}}
DECLARED = {"onevnet": NETWORK, "oneimage": IMAGE, "onetemplate": TEMPLATE, "onesecgroup": GROUP}
PREFIX = {"onevnet": "one.vn", "oneimage": "one.image", "onetemplate": "one.template", "onesecgroup": "one.secgroup"}
COPIED = [cli for cli in DECLARED if cli != "onevnet"]


@pytest.fixture(scope="module", autouse=True)
def users(one):
    """The numbers of alice and bob."""
    for name in ("alice", "bob"):
        one.state("oneuser.present", name=name, password="pw", group="users")
    return {name: int(one.show("oneuser", name)["ID"]) for name in ("alice", "bob")}


def arrived(one, cli, name, owner):
    """Wait until an object is ready, where it has states; returns its number."""
    if cli in ("onevnet", "oneimage"):
        one.wait(cli, READY, name, owner=owner)
    return int(one.show(cli, name, owner=owner)["ID"])


def copied(one, cli, source, name):
    """Clone an object by hand; the copy is oneadmin's."""
    more = {"oneimage": [-1], "onetemplate": [False], "onesecgroup": []}[cli]
    number = one.cloud.call(f"{PREFIX[cli]}.clone", source, name, *more)
    assert arrived(one, cli, name, "oneadmin") == number
    return number


@pytest.mark.parametrize("cli", COPIED)
def test_a_copy_by_hand(one, users, cli):
    said = DECLARED[cli]
    one.converge(f"{cli}.present", name="source", owner="alice", **said)
    number = copied(one, cli, arrived(one, cli, "source", "alice"), "source")
    one.cloud.call(f"{PREFIX[cli]}.chown", number, users["bob"], -1)
    assert one.show(cli, "source", owner="bob")["TEMPLATE"]["SALT_MANAGED"] == f"sls/alice/{cli}/source"
    assert "carries no SALT_MANAGED for its owner" in one.refused(f"{cli}.absent", name="source", owner="bob")
    assert "set adopt: true" in one.refused(f"{cli}.present", name="source", owner="bob", **said)
    one.settled(f"{cli}.present", name="source", owner="alice", **said)
    one.converge(f"{cli}.absent", name="source", owner="alice")
    one.converge(f"{cli}.present", name="source", owner="alice", **said)
    one.converge(f"{cli}.present", name="source", owner="bob", adopt=True, **said)
    assert one.show(cli, "source", owner="bob")["TEMPLATE"]["SALT_MANAGED"] == f"sls/bob/{cli}/source/adopted"
    assert "it was taken over" in one.refused(f"{cli}.absent", name="source", owner="bob")


@pytest.mark.parametrize("cli", COPIED)
def test_a_copy_of_what_was_renamed(one, cli):
    said = DECLARED[cli]
    one.converge(f"{cli}.present", name="old", **said)
    arrived(one, cli, "old", "oneadmin")
    if cli in ("onetemplate", "oneimage"):
        one.converge(f"{cli}.renamed", name="new", source="old")
        one.settled(f"{cli}.present", name="new", **said)
        copied(one, cli, arrived(one, cli, "new", "oneadmin"), "old")
    else:
        number = copied(one, cli, arrived(one, cli, "old", "oneadmin"), "new")
        one.run(f"{cli}.rename", number, "another")
        copied(one, cli, number, "new")
        assert "carries no SALT_MANAGED" in one.refused(f"{cli}.absent", name="new")
        return
    assert "carries no SALT_MANAGED" in one.refused(f"{cli}.absent", name="old")
    one.converge(f"{cli}.absent", name="new")


def test_a_reservation_by_hand(one, users):
    one.converge("onevnet.present", name="parent", owner="alice", permissions="644", **NETWORK)
    parent = arrived(one, "onevnet", "parent", "alice")
    number = one.cloud.call("one.vn.reserve", parent, 'SIZE="3"\nNAME="parent"')
    one.cloud.call("one.vn.chown", number, users["bob"], -1)
    assert "carries no SALT_MANAGED for its owner" in one.refused("onevnet.absent", name="parent", owner="bob")
    assert "set adopt: true" in one.refused("onevnet.present", name="parent", owner="bob")
    one.settled("onevnet.present", name="parent", owner="alice", permissions="644", **NETWORK)


def test_a_vm_by_hand(one):
    one.converge("onetemplate.present", name="machine", **TEMPLATE)
    number = int(one.show("onetemplate", "machine")["ID"])
    one.cloud.call("one.template.instantiate", number, "machine", True, "", False)
    assert one.show("onevm", "machine")["USER_TEMPLATE"]["SALT_MANAGED"] == "sls/oneadmin/onetemplate/machine"
    assert "carries no SALT_MANAGED for its owner" in one.refused("onevm.absent", name="machine")
    assert "set adopt: true" in one.refused("onevm.present", name="machine", template="machine")
    one.converge("onevm.present", name="machine", template="machine", adopt=True)
    assert "it was taken over" in one.refused("onevm.absent", name="machine")
    one.converge("onevm.absent", name="machine", unmanaged=True)


@pytest.mark.parametrize("cli", ["onevnet"])
def test_what_was_given_away_is_not_made_again(one, users, cli):
    one.converge(f"{cli}.present", name="given", owner="alice", **DECLARED[cli])
    one.cloud.call(f"{PREFIX[cli]}.chown", arrived(one, cli, "given", "alice"), users["bob"], -1)
    assert "has since been given to bob" in one.refused(f"{cli}.present", name="given", owner="alice", **DECLARED[cli])


@pytest.mark.parametrize("cli", DECLARED)
def test_what_a_dead_run_left_is_handed_over(one, cli):
    said = DECLARED[cli]
    one.converge(f"{cli}.present", name="left", owner="alice", **said)
    number = arrived(one, cli, "left", "alice")
    one.cloud.call(f"{PREFIX[cli]}.chown", number, 0, -1)
    if cli in COPIED:
        one.cloud.call(f"{PREFIX[cli]}.rename", number, transit_name("alice", "left"))
    dry = one.state(f"{cli}.present", test=True, name="left", owner="alice", **said)
    assert dry.result is None, dry.comment
    assert one.state(f"{cli}.present", name="left", owner="alice", **said).result is True
    assert int(one.show(cli, "left", owner="alice")["ID"]) == number
    one.settled(f"{cli}.present", name="left", owner="alice", **said)


@pytest.mark.parametrize("cli", DECLARED)
def test_what_is_left_without_its_owner(one, cli):
    said = DECLARED[cli]
    one.state("oneuser.present", name=f"u{cli}", password="pw", group="users")
    one.converge(f"{cli}.present", name="lost", owner=f"u{cli}", **said)
    number = arrived(one, cli, "lost", f"u{cli}")
    one.cloud.call("one.user.delete", int(one.show("oneuser", f"u{cli}")["ID"]))
    for adopt in (False, True):
        sentence = one.refused(f"{cli}.present", name="lost", owner=f"u{cli}", adopt=adopt, **said)
        assert f"user u{cli} does not exist" in sentence
    one.state("oneuser.present", name=f"u{cli}", password="pw", group="users")
    assert "who no longer exists: set adopt: true" in one.refused(
        f"{cli}.present", name="lost", owner=f"u{cli}", **said
    )
    one.converge(f"{cli}.present", name="lost", owner=f"u{cli}", adopt=True, **said)
    assert int(one.show(cli, "lost", owner=f"u{cli}")["ID"]) == number
    assert one.show(cli, "lost", owner=f"u{cli}")["UID"] == one.show("oneuser", f"u{cli}")["ID"]
    one.settled(f"{cli}.present", name="lost", owner=f"u{cli}", **said)
    one.converge(f"{cli}.absent", name="lost", owner=f"u{cli}")


def test_a_vm_and_its_router_left_without_their_owner(one):
    one.state("oneuser.present", name="gone", password="pw", group="users")
    one.converge("onetemplate.present", name="router", permissions="644", attributes={"VROUTER": "YES"}, **TEMPLATE)
    one.converge("onetemplate.present", name="bare", permissions="644", **TEMPLATE)
    ranges = {"net": {"ip": "10.3.0.1", "size": 20}}
    one.converge("onevnet.present", name="ways", permissions="644", driver="dummy", bridge="w", address_ranges=ranges)
    declared = {
        "onevm": {"template": "bare", "template_owner": "oneadmin"},
        "onevrouter": {
            "template": "router",
            "template_owner": "oneadmin",
            "nics": [{"network": "ways", "owner": "oneadmin"}],
        },
    }
    for cli, said in declared.items():
        one.converge(f"{cli}.present", name="lost", owner="gone", **said)
    one.cloud.call("one.user.delete", int(one.show("oneuser", "gone")["ID"]))
    one.state("oneuser.present", name="gone", password="pw", group="users")
    for cli, said in declared.items():
        assert "who no longer exists: set adopt: true" in one.refused(
            f"{cli}.present", name="lost", owner="gone", **said
        )
        one.converge(f"{cli}.present", name="lost", owner="gone", adopt=True, **said)
        assert one.show(cli, "lost", owner="gone")["UID"] == one.show("oneuser", "gone")["ID"]
        one.settled(f"{cli}.present", name="lost", owner="gone", **said)
        one.converge(f"{cli}.absent", name="lost", owner="gone")


@pytest.mark.parametrize(("cli", "more"), [("oneuser", ["pw", "core", []]), ("onegroup", [])])
def test_an_account_by_hand_in_the_place_of_ours(one, cli, more):
    call = cli.replace("one", "one.")
    one.converge(f"{cli}.present", name="account")
    one.cloud.call(f"{call}.delete", int(one.show(cli, "account")["ID"]))
    one.cloud.call(f"{call}.allocate", "account", *more)
    assert "set adopt: true" in one.refused(f"{cli}.present", name="account")
    one.converge(f"{cli}.present", name="account", adopt=True)
    assert "it was taken over" in one.refused(f"{cli}.absent", name="account")


PILLAR = {
    "prune": True,
    "max_deletions": 9,
    "shared": {
        "images": {"root": {**IMAGE, "permissions": "644"}},
        "templates": {
            "small": {**TEMPLATE, "disks": [{"image": "root", "owner": "oneadmin"}], "permissions": "644"},
        },
    },
    "blueprints": {
        "school": {
            "vlans": {"phydev": "eth1"},
            "networks": {
                "lan": {"vlan": 0, "cidr": "10.0.0.0/24", "first": "10.0.0.50", "size": 20},
                "dmz": {"vlan": 1, "cidr": "10.1.0.0/24", "first": "10.1.0.50", "size": 20},
            },
        }
    },
    "users": {"carol": {"blueprint": "school", "vlan_base": 100}},
}


@pytest.fixture
def whole(drive, cloud, connection):
    """A cloud whose pillar is as above, but for what is said of carol."""

    def build(**said):
        config = copy.deepcopy(PILLAR) | {"connection": connection(cloud)}
        config["users"]["carol"].update(said)
        return drive(config, cloud)

    return build


def test_prune_takes_what_was_made_and_nothing_else(whole):
    one = whole()
    one.converge("opennebula.infrastructure", name="carol")
    number = int(one.show("oneuser", "carol")["ID"])
    byhand = {
        name: one.cloud.call("one.vn.allocate", f'NAME="{name}"\nVN_MAD="dummy"\nBRIDGE="b"', -1)
        for name in ("mine", "extra")
    }
    for each in byhand.values():
        one.wait("onevnet", READY, each)
        one.cloud.call("one.vn.chown", each, number, -1)
    reserved = one.cloud.call(
        "one.vn.reserve", int(one.show("onevnet", "lan", owner="carol")["ID"]), 'SIZE="2"\nNAME="r"'
    )
    extra = {"vlan": 5, "cidr": "10.5.0.0/24", "first": "10.5.0.50", "size": 20}
    refused = whole(networks={"extra": extra}).state("opennebula.infrastructure", name="carol")
    assert refused.result is False and "set adopt: true" in refused.comment
    taken = whole(networks={"extra": {**extra, "adopt": True}})
    assert taken.converge("opennebula.infrastructure", name="carol").changes == {"taken over": 1}
    assert taken.show("onevnet", "extra", owner="carol")["TEMPLATE"]["SALT_MANAGED"].endswith("/adopted")
    fewer = whole(networks={"dmz": None})
    assert fewer.converge("opennebula.infrastructure", name="carol").changes == {"removed": 1}
    left = {row["name"] for row in fewer.run("onevnet.list")}
    assert left >= {"lan", "mine", "extra", "r"} and "dmz" not in left
    one.cloud.call("one.vn.delete", reserved)


def test_what_disturbs_is_told_and_needs_leave(whole):
    one = whole()
    assert one.state("opennebula.shared", name="all").result is True
    one.converge("opennebula.infrastructure", name="carol")
    nics = [{"network": "lan"}]
    one.converge(
        "onevm.present",
        name="web",
        owner="carol",
        template="small",
        template_owner="oneadmin",
        nics=nics,
        power="running",
    )
    moved, before = whole(vlan_base=200), one.writes()
    for test in (True, False):
        refused = moved.state("opennebula.infrastructure", test=test, name="carol")
        assert (refused.result, refused.changes, one.writes()) == (False, {}, before)
        assert "this would disturb running VMs: vlan_id from 100 to 200" in refused.comment
    assert one.show("onevnet", "dmz", owner="carol")["VLAN_ID"] == "101"
    moved.converge("opennebula.infrastructure", name="carol", disruption="allow")
    assert [one.show("onevnet", name, owner="carol")["VLAN_ID"] for name in ("lan", "dmz")] == ["200", "201"]
    (nic,) = [one.show("onevm", "web", owner="carol")["TEMPLATE"]["NIC"]]
    assert nic["VLAN_ID"] == "200"
