"""Whole infrastructures: which objects are pruned and demolished, and which never are."""

import pytest

from onecore.basics.errors import ActionError, ArgumentError, UnreachableError
from onecore.basics.marks import transit_name
from onecore.engine.converge import converge
from onecore.orchestration.leftovers import marked_for
from onecore.orchestration.users import build, demolish, faultless, prune
from onecore.pillar.gateways import gateway_variables
from tests.doubles.fake_cloud import FakeCloud, cloud_of, described

CONFIG = {
    "blueprints": {"eole": {"vlans": {"driver": "bridge"}, "networks": {"lan": {}, "dmz": {}}}},
    "users": {"alice": {"blueprint": "eole"}},
}


def user(number, name, mark=None):
    return described("oneuser", number, name, GID=1, GNAME="users", GROUPS={"ID": [1]}, TEMPLATE=marked(mark))


def marked(mark):
    return {} if mark is None else {"SALT_MANAGED": mark}


def network(number, name, mark="eole/alice", owner="alice", **content):
    return described("onevnet", number, name, owner, STATE=1, VN_MAD="bridge", TEMPLATE=marked(mark), **content)


def vm(number, name="gateway", mark="eole/alice", owner="alice", **content):
    content = {"STATE": 3, "LCM_STATE": 3, "USER_TEMPLATE": marked(mark), **content}
    return described("onevm", number, name, owner, **content)


DECLARED = [network(1, "lan"), network(2, "dmz")]
USERS = [user(0, "oneadmin"), user(2, "alice", "eole/alice"), user(3, "bob", "eole/bob")]


def setup(networks=DECLARED, users=USERS, **more):
    fake = FakeCloud(oneuser=users, onevnet=networks, **more)

    def gone(cli):
        return lambda number: fake.objects[cli].pop(number) and number

    fake.answers = {"one.vn.delete": gone("onevnet"), "one.user.delete": gone("oneuser")}
    fake.answers["one.vm.action"] = lambda verb, number: fake.objects["onevm"].pop(number) and number
    return fake, cloud_of(fake)


def outcome_of(outcome, test=False):
    """{subject: what was done}, without what is as declared."""
    said = {report.subject: report.error or report.action for report in outcome.reports}
    return {subject: what for subject, what in said.items() if what != "none"}


@pytest.fixture
def rounds(monkeypatch):
    """For each time that everything is compared, whether it is a dry run."""
    seen = []

    def counted(cloud, kinds, wanted, test):
        seen.append(test)
        return converge(cloud, kinds, wanted, test)

    monkeypatch.setattr("onecore.orchestration.users.converge", counted)
    return seen


def test_what_is_as_declared_is_compared_once(rounds):
    _, cloud = setup()
    build(cloud, CONFIG, "alice", test=False)
    assert rounds == [True]


@pytest.mark.parametrize("mark", [None, "eole/bob"])
def test_what_is_not_as_declared_is_looked_at_again(rounds, mark):
    _, cloud = setup([network(1, "lan", mark)])
    build(cloud, CONFIG, "alice", test=False)
    assert rounds == [True, False]


def test_nothing_to_do():
    fake, cloud = setup()
    outcome = build(cloud, CONFIG, "alice", test=False, prune=True)
    assert outcome_of(outcome) == {}
    nothing = dict.fromkeys(("created", "taken over", "changed", "removed", "failed"), 0)
    assert outcome.counts() == {**nothing, "as declared": 3}
    assert fake.writes == []


@pytest.mark.parametrize("test", [True, False])
def test_what_is_taken_over_is_counted(test):
    fake, cloud = setup([network(1, "lan", mark=None), network(2, "dmz")])

    def update(number, text, way):
        fake.objects["onevnet"][1]["TEMPLATE"]["SALT_MANAGED"] = text.split('"')[1]
        return number

    fake.answers["one.vn.update"] = update
    outcome = build(cloud, CONFIG, "alice", test, adopt=True)
    assert outcome_of(outcome) == {"virtual network lan of alice": "adopt"}
    assert {word: number for word, number in outcome.counts().items() if number} == {"taken over": 1, "as declared": 2}


@pytest.mark.parametrize("test", [True, False])
def test_what_is_no_longer_declared_is_pruned_only_when_asked_for(test):
    old = network(3, "old")
    fake, cloud = setup([*DECLARED, old])
    assert outcome_of(build(cloud, CONFIG, "alice", test)) == {}
    assert fake.writes == []
    outcome = build(cloud, CONFIG, "alice", test, prune=True)
    assert outcome_of(outcome) == {"virtual network old of alice": "remove"}
    assert outcome.counts()["removed"] == 1
    assert fake.writes == ([] if test else [("one.vn.delete", 3)])


@pytest.mark.parametrize(
    "other",
    [
        network(3, "by hand", mark=None),
        network(3, "by another state", mark="sls/alice"),
        network(3, "hers, for everybody", mark="shared/alice"),
        network(3, "of bob", mark="eole/bob", owner="bob"),
        network(3, "given away", mark="eole/alice", owner="bob"),
        network(3, "of somebody like her", mark="eole/malice", owner="alice"),
    ],
)
def test_what_is_not_of_her_infrastructure_is_never_pruned(other):
    fake, cloud = setup([*DECLARED, other])
    assert outcome_of(build(cloud, CONFIG, "alice", test=False, prune=True)) == {}
    assert fake.writes == []


def test_what_an_earlier_blueprint_made_is_pruned_too():
    _, cloud = setup([*DECLARED, network(3, "old", mark="former/alice")])
    assert list(outcome_of(build(cloud, CONFIG, "alice", test=True, prune=True))) == ["virtual network old of alice"]


def test_what_an_interrupted_run_left_in_the_accounts_name_is_pruned_too():
    _, cloud = setup([*DECLARED, network(3, "old", owner="oneadmin")])
    assert list(outcome_of(build(cloud, CONFIG, "alice", test=True, prune=True))) == ["virtual network old of oneadmin"]


@pytest.mark.parametrize("test", [True, False])
def test_too_many_to_be_meant(test):
    fake, cloud = setup([*DECLARED, *(network(number, f"old{number}") for number in range(10, 13))])
    outcome = build(cloud, CONFIG, "alice", test, prune=True, max_deletions=2)
    assert outcome_of(outcome) == {
        f"virtual network old{number} of alice": "3 objects would be removed, more than max_deletions: 2"
        for number in range(10, 13)
    }
    assert [report.action for report in outcome.reports if report.error] == ["remove"] * 3
    assert fake.writes == []


def test_exactly_as_many_as_may_be():
    fake, cloud = setup([*DECLARED, network(10, "a"), network(11, "b")])
    build(cloud, CONFIG, "alice", test=False, prune=True, max_deletions=2)
    assert fake.writes == [("one.vn.delete", 10), ("one.vn.delete", 11)]


def test_objects_for_everybody_are_not_pruned():
    fake, cloud = setup([network(3, "EOLE", mark="shared/oneadmin", owner="oneadmin")])
    assert build(cloud, CONFIG, None, test=False, prune=True).reports == []
    assert fake.writes == []


def in_use_by(*vms):
    leases = {"LEASES": {"LEASE": [{"IP": "10.0.0.5", "VM": number} for number in vms]}}
    return {"USED_LEASES": len(vms), "AR_POOL": {"AR": {"AR_ID": 0, **leases}}}


@pytest.mark.parametrize("test", [True, False])
def test_what_is_in_use_stays(test):
    networks = [*DECLARED, network(3, "old", **in_use_by(30)), network(4, "older")]
    fake, cloud = setup(networks, onevm=[vm(30, "by hand", mark=None)])
    said = outcome_of(build(cloud, CONFIG, "alice", test, prune=True))
    assert "is in use: 1 lease (VM 30 by hand of alice)" in said["virtual network old of alice"]
    assert said["virtual network older of alice"] == "remove"
    assert fake.writes == ([] if test else [("one.vn.delete", 4)])


@pytest.mark.parametrize("test", [True, False])
def test_a_vm_that_goes_frees_its_network(test):
    nic = {"NIC": {"NIC_ID": 0, "NETWORK_ID": 3, "IP": "10.0.0.5"}}
    fake, cloud = setup([*DECLARED, network(3, "old", **in_use_by(30))], onevm=[vm(30, "old-gw", TEMPLATE=nic)])

    def terminate(verb, number):
        fake.objects["onevnet"][3] = network(3, "old", USED_LEASES=0)
        return fake.objects["onevm"].pop(number) and number

    fake.answers["one.vm.action"] = terminate
    said = outcome_of(build(cloud, CONFIG, "alice", test, prune=True))
    assert said == {"VM old-gw of alice": "remove", "virtual network old of alice": "remove"}
    gone = [("one.vm.action", "terminate-hard", 30), ("one.vn.delete", 3)]
    assert fake.writes == ([] if test else gone)


@pytest.mark.parametrize("test", [True, False])
def test_a_nic_that_goes_frees_its_network(test):
    """The gateway leaves a network in the run that prunes it."""
    gateway = {"name": "gw", "template": "gateway", "lan": {"lan": "10.0.0.1"}}
    config = {**CONFIG, "blueprints": {"eole": {**CONFIG["blueprints"]["eole"], "gateway": gateway}}}
    template = described("onetemplate", 5, "gateway", "oneadmin", "644", TEMPLATE={"CPU": "1", "MEMORY": "64"})
    lan_range = {"AR_POOL": {"AR": {"AR_ID": 0, "TYPE": "IP4", "IP": "10.0.0.1", "SIZE": 1}}}
    networks = [network(1, "lan", **lan_range), network(2, "dmz"), network(3, "old", **in_use_by(30))]
    lan = {"NIC_ID": 0, "NETWORK_ID": 1, "IP": "10.0.0.1"}
    context = {**gateway_variables(gateway, "alice", "eole/alice"), "VMID": "30"}
    there = vm(30, "gw", TEMPLATE={"NIC": [lan, {"NIC_ID": 1, "NETWORK_ID": 3}], "CONTEXT": context})
    fake, cloud = setup(networks, onevm=[there], onetemplate=[template])

    def detach(number, nic_id):
        fake.objects["onevm"][30] = vm(30, "gw", TEMPLATE={"NIC": lan, "CONTEXT": context})
        fake.objects["onevnet"][3] = network(3, "old", USED_LEASES=0)
        return number

    fake.answers["one.vm.detachnic"] = detach
    said = outcome_of(build(cloud, config, "alice", test, prune=True))
    assert said == {"VM gw of alice": "update", "virtual network old of alice": "remove"}
    assert fake.writes == ([] if test else [("one.vm.detachnic", 30, 1), ("one.vn.delete", 3)])


def test_what_was_done_is_told_when_the_server_is_lost_before_pruning():
    fake, cloud = setup([network(1, "lan", DNS="")])

    def allocate(*params):
        dead = UnreachableError("the endpoint refuses connections")
        fake.answers = dict.fromkeys(("one.vn.info", "one.vmpool.infoextended", "one.system.version"), dead)
        raise dead

    fake.answers |= {"one.vn.allocate": allocate, "one.vn.update": lambda *_: 1}
    fake.objects["onevnet"][1]["VN_MAD"] = "fw"
    fake.answers["one.vn.update"] = lambda *_: fake.objects["onevnet"][1].update(VN_MAD="bridge") or 1
    outcome = build(cloud, CONFIG, "alice", test=False, prune=True)
    assert [report.subject for report in outcome.reports] == [
        "user alice",
        "virtual network lan of alice",
        "virtual network dmz of alice",
    ]
    assert "could not be read afterwards" in outcome.reports[1].error
    assert "refuses connections" in outcome.reports[2].error


@pytest.mark.parametrize("prune", [True, False])
def test_a_copy_in_the_accounts_name_is_left_alone(prune):
    """Of what users can copy; of a network, it is one that was made twice."""
    config = {**CONFIG, "blueprints": {"eole": {**CONFIG["blueprints"]["eole"], "security_groups": {"web": {}}}}}

    def group(number, owner):
        return described("onesecgroup", number, "web", owner, TEMPLATE={"SALT_MANAGED": "eole/alice"})

    fake, cloud = setup(onesecgroup=[group(100, "alice"), group(101, "oneadmin")])
    assert outcome_of(build(cloud, config, "alice", test=False, prune=prune)) == {}
    assert fake.writes == []
    _, cloud = setup([*DECLARED, network(3, "lan", owner="oneadmin")])
    said = outcome_of(build(cloud, CONFIG, "alice", test=True, prune=prune))
    assert list(said) == ["virtual network lan of oneadmin"]


# -- leaving nothing -----------------------------------------------------------------------------------------------


def everything():
    nic = {"NIC": {"NIC_ID": 0, "NETWORK_ID": 1, "IP": "10.0.0.5"}}
    fake, cloud = setup([network(1, "lan", **in_use_by(30)), network(2, "dmz")], onevm=[vm(30, TEMPLATE=nic)])

    def terminate(verb, number):
        fake.objects["onevnet"][1] = network(1, "lan", USED_LEASES=0)
        return fake.objects["onevm"].pop(number) and number

    fake.answers["one.vm.action"] = terminate
    return fake, cloud


ALL_OF_ALICE = {
    "VM gateway of alice": "remove",
    "virtual network lan of alice": "remove",
    "virtual network dmz of alice": "remove",
    "user alice": "remove",
}


@pytest.mark.parametrize("test", [True, False])
def test_everything_goes(test):
    fake, cloud = everything()
    outcome = demolish(cloud, "alice", test, max_deletions=4)
    assert outcome_of(outcome) == ALL_OF_ALICE
    gone = [("one.vm.action", "terminate-hard", 30), ("one.vn.delete", 1), ("one.vn.delete", 2), ("one.user.delete", 2)]
    assert fake.writes == ([] if test else gone)
    if not test:
        assert outcome_of(demolish(cloud, "alice", test, max_deletions=4)) == {}


def test_a_user_stays_while_something_of_it_does():
    """OpenNebula would delete the user and leave objects without an owner."""
    fake, cloud = everything()
    fake.answers["one.vn.delete"] = ActionError("wrong state")
    said = outcome_of(demolish(cloud, "alice", test=False, max_deletions=4))
    assert said["virtual network dmz of alice"] == "wrong state"
    assert "user alice (ID 2) still owns 2 virtual networks" in said["user alice"]
    assert fake.calls["one.user.delete"] == 0


def test_a_network_stays_while_its_vm_does():
    fake, cloud = everything()
    fake.answers["one.vm.action"] = ActionError("wrong state")
    said = outcome_of(demolish(cloud, "alice", test=False, max_deletions=4))
    assert "is in use: 1 lease (VM 30 gateway of alice)" in said["virtual network lan of alice"]
    assert said["virtual network dmz of alice"] == "remove"
    assert "still owns 1 VM, 1 virtual network." in said["user alice"]


@pytest.mark.parametrize("mark", [None, "sls/alice", "pipeline/alice"])
@pytest.mark.parametrize("test", [True, False])
def test_a_user_who_owns_more_than_a_blueprint_made_stays(test, mark):
    fake, cloud = everything()
    fake.objects["onevnet"][9] = network(9, "by hand", mark)
    said = outcome_of(demolish(cloud, "alice", test, max_deletions=4))
    assert "user alice (ID 2) still owns 1 virtual network" in said["user alice"]
    assert fake.calls["one.user.delete"] == 0


@pytest.mark.parametrize("test", [True, False])
def test_an_image_is_free_when_its_vm_is_gone(test):
    image = described("oneimage", 8, "disk", STATE=2, RUNNING_VMS=1, VMS={"ID": 30}, TEMPLATE=marked("eole/alice"))
    fake, cloud = everything()
    fake.objects["oneimage"] = {8: image}
    terminate = fake.answers["one.vm.action"]

    def free(*params):
        fake.objects["oneimage"][8] = {**image, "STATE": 1, "RUNNING_VMS": 0, "VMS": {}}
        return terminate(*params)

    fake.answers["one.vm.action"] = free
    fake.answers["one.image.delete"] = lambda number, force: fake.objects["oneimage"].pop(number) and number
    said = outcome_of(demolish(cloud, "alice", test, max_deletions=5))
    assert said == {**ALL_OF_ALICE, "image disk of alice": "remove"}


def test_marks_of_others():
    fake, cloud = setup([network(1, "EOLE", mark="shared/oneadmin", owner="oneadmin")])
    assert marked_for(cloud, "oneadmin") == []
    assert outcome_of(demolish(cloud, "oneadmin", test=False, max_deletions=9)) == {}
    assert fake.writes == []


def test_faults_of_the_pillar_are_told_together():
    assert faultless(CONFIG, []) is CONFIG
    with pytest.raises(ArgumentError, match="an error, so nothing was done: opennebula: no"):
        faultless(CONFIG, ["opennebula: no"])
    with pytest.raises(ArgumentError, match=r"2 errors, so nothing was done:\n- a\n- b"):
        faultless(CONFIG, ["a", "b"])


def test_what_takes_a_place_comes_after_what_leaves_it():
    """A gateway under another name needs the address of the one that goes."""
    gateway = {"name": "new", "template": "gateway", "lan": {}}
    config = {**CONFIG, "blueprints": {"eole": {**CONFIG["blueprints"]["eole"], "gateway": gateway}}}
    template = described("onetemplate", 5, "gateway", "oneadmin", "644", TEMPLATE={"CPU": "1", "MEMORY": "64"})
    fake, cloud = setup([*DECLARED, network(3, "old")], onevm=[vm(30, "old")], onetemplate=[template])
    made = vm(31, "new", TEMPLATE={"CONTEXT": {**gateway_variables(gateway, "alice", "eole/alice"), "VMID": "31"}})
    fake.answers["one.template.instantiate"] = lambda *_: fake.objects["onevm"].update({31: made}) or 31
    said = outcome_of(build(cloud, config, "alice", test=False, prune=True))
    assert said == {
        "VM new of alice": "create",
        "VM old of alice": "remove",
        "virtual network old of alice": "remove",
    }
    assert [call[0] for call in fake.writes] == ["one.vm.action", "one.template.instantiate", "one.vn.delete"]


def test_what_is_in_transit_is_not_pruned():
    """An interrupted run left the network in the account's name; this run hands it over."""
    passing = transit_name("alice", "dmz")
    fake, cloud = setup([network(1, "lan"), network(2, passing, owner="oneadmin")])
    fake.objects["onevnet"][2]["TEMPLATE"]["SALT_MANAGED"] = "eole/alice/onevnet/dmz"
    fake.answers["one.vn.chown"] = lambda number, *_: fake.objects["onevnet"][2].update(UNAME="alice") or number
    fake.answers["one.vn.rename"] = lambda number, name: fake.objects["onevnet"][2].update(NAME=name) or number
    said = outcome_of(build(cloud, CONFIG, "alice", test=False, prune=True))
    assert said == {"virtual network dmz of alice": "create"}
    assert fake.writes == [("one.vn.chown", 2, 2, -1), ("one.vn.rename", 2, "dmz")]


@pytest.mark.parametrize("test", [True, False])
@pytest.mark.parametrize(
    ("gateway", "said"),
    [
        ({"template": "lost"}, "template: template lost of oneadmin does not exist"),
        ({"template": "gateway", "disks": {"1": "2G"}}, "disks: template gateway has no disk 1"),
        ({"template": "gateway", "context": {"TIER": "$TIER"}}, "context:TIER: OpenNebula takes each"),
    ],
)
def test_what_cannot_be_made_is_told_before_anything_is(gateway, said, test):
    """All but the gateway could be made: the networks first, which nobody could use."""
    config = {**CONFIG, "blueprints": {"eole": {**CONFIG["blueprints"]["eole"], "gateway": {"lan": {}, **gateway}}}}
    template = described("onetemplate", 5, "gateway", "oneadmin", "644", TEMPLATE={"CPU": "1", "MEMORY": "64"})
    fake, cloud = setup([], onetemplate=[template])
    outcome = build(cloud, config, "alice", test)
    (report,) = outcome.reports
    assert report.subject == "VM gateway of alice"
    assert said in report.error and report.error.endswith("Nothing else was started.")
    assert fake.writes == []


def test_what_exists_already_holds_nothing_up():
    """A VM that exists needs no template any more."""
    gateway = {"lan": {}, "template": "lost"}
    config = {**CONFIG, "blueprints": {"eole": {**CONFIG["blueprints"]["eole"], "gateway": gateway}}}
    context = {**gateway_variables(gateway, "alice", "eole/alice"), "VMID": "30"}
    _, cloud = setup([], onevm=[vm(30, "gateway", TEMPLATE={"CONTEXT": context})])
    said = outcome_of(build(cloud, config, "alice", test=True))
    assert said["virtual network lan of alice"] == "create"


WITHOUT_BOB = {**CONFIG, "prune": True, "max_deletions": 5}
OF_BOB = [network(8, "lan", "eole/bob", "bob"), network(9, "mine", None, "bob")]


@pytest.mark.parametrize("test", [True, False])
def test_users_whose_file_is_gone_are_pruned_with_all_that_was_made_for_them(test):
    fake, cloud = setup([*DECLARED, OF_BOB[0]])
    assert outcome_of(prune(cloud, WITHOUT_BOB, test)) == {"virtual network lan of bob": "remove", "user bob": "remove"}
    assert fake.writes == ([] if test else [("one.vn.delete", 8), ("one.user.delete", 3)])
    if not test:
        assert outcome_of(prune(cloud, WITHOUT_BOB, test)) == {}


def test_a_user_who_owns_something_else_stays():
    _, cloud = setup([*DECLARED, *OF_BOB])
    said = outcome_of(prune(cloud, WITHOUT_BOB, test=False))
    assert said["virtual network lan of bob"] == "remove"
    assert "still owns 1 virtual network" in said["user bob"]


def test_users_are_pruned_only_when_asked_for_and_only_so_many():
    fake, cloud = setup([*DECLARED, OF_BOB[0]])
    assert outcome_of(prune(cloud, CONFIG, test=False)) == {}
    said = outcome_of(prune(cloud, {**WITHOUT_BOB, "max_deletions": 1}, test=False))
    assert said == dict.fromkeys(
        ("virtual network lan of bob", "user bob"), "2 objects would be removed, more than max_deletions: 1"
    )
    assert fake.writes == []


@pytest.mark.parametrize("adopted", ["", "/adopted"])
def test_what_was_for_everyone_is_pruned_unless_it_was_taken_over(adopted):
    networks = [
        network(5, "old", f"shared/oneadmin/onevnet/old{adopted}", "oneadmin"),
        network(6, "kept", "shared/oneadmin/onevnet/kept", "oneadmin"),
        network(7, "single", "shared/alice/onevnet/single", "alice"),
        network(8, "sls", "sls/oneadmin/onevnet/sls", "oneadmin"),
    ]
    _, cloud = setup([*DECLARED, *networks], USERS[:2])
    config = {
        **WITHOUT_BOB,
        "shared": {"networks": {"kept": {"driver": "bridge"}}},
        "objects": {"onevnet": {"single": {"owner": "alice"}}},
    }
    expected = {} if adopted else {"virtual network old of oneadmin": "remove"}
    assert outcome_of(prune(cloud, config, test=True)) == expected
