"""Removal: only of objects of the states, never of objects in use, and reported if it does not complete."""

import pytest

from onecore.basics.errors import ActionError, NoExistsError, TimedOutError
from onecore.engine.removal import remove
from tests.doubles.fake_cloud import KINDS, FakeCloud, cloud_of, described
from tests.doubles.networks import USERS, existing, setup


def removing(networks, name="n", answers=None, **options):
    fake, cloud = setup(*networks, answers=answers)
    if answers is None:
        fake.answers["one.vn.delete"] = lambda number: fake.objects["onevnet"].pop(number) and number
    return fake, remove(cloud, KINDS["onevnet"], name, "alice", **options)


def test_removal():
    fake, report = removing([existing(1, "n")])
    assert report.comment(False) == "Virtual network n of alice was removed (ID 1)."
    assert report.changes(False) == {"virtual network": {"old": "n (ID 1)", "new": None}}
    assert fake.writes == [("one.vn.delete", 1)]


def test_removal_of_what_is_not_there():
    fake, report = removing([])
    assert (report.result(False), report.changes(False)) == (True, {})
    assert report.comment(False) == "Virtual network n of alice does not exist, as declared."
    assert fake.writes == []


@pytest.mark.parametrize("test", [True, False])
def test_removal_of_what_is_not_ours(test):
    foreign = existing(1, "n", TEMPLATE={"SALT_MANAGED": ""})
    fake, report = removing([foreign], test=test)
    assert "virtual network n of alice was not created by these states" in report.error
    assert fake.writes == []
    fake, report = removing([foreign], unmanaged=True)
    assert report.error == "" and fake.writes == [("one.vn.delete", 1)]


@pytest.mark.parametrize("test", [True, False])
def test_removal_of_what_is_in_use(test):
    leases = {"AR": {"AR_ID": 0, "LEASES": {"LEASE": [{"IP": "10.0.0.5", "VM": 20}, {"IP": "10.0.0.6", "VM": -1}]}}}
    fake, report = removing([existing(1, "n", USED_LEASES=2, AR_POOL=leases)], test=test)
    assert "virtual network n of alice (ID 1) is in use: 2 leases (VM 20). Terminate the VMs" in report.error
    assert fake.writes == []


def test_a_dry_removal():
    fake, report = removing([existing(1, "n")], test=True)
    assert (report.result(True), fake.writes) == (None, [])
    assert report.comment(True) == "Virtual network n of alice would be removed (ID 1)."


def test_a_vm_that_boots_is_removed_when_it_has_booted():
    fake = FakeCloud(onevm=[described("onevm", 7, "web", LCM_STATE=2, USER_TEMPLATE={"SALT_MANAGED": "sls/alice"})])

    def terminate(action, number):
        assert fake.objects["onevm"][number]["LCM_STATE"] == 3
        del fake.objects["onevm"][number]

    fake.answers["one.vm.action"] = terminate
    cloud = cloud_of(fake, lambda: fake.objects["onevm"][7].update(LCM_STATE=3))
    report = remove(cloud, KINDS["onevm"], "web", "alice")
    assert report.comment(False) == "VM web of alice was removed (ID 7)."
    assert fake.writes == [("one.vm.action", "terminate-hard", 7)]


def test_an_image_that_is_being_copied_is_removed_when_it_is_there():
    """OpenNebula refuses at first, whatever was known of it."""
    mark = {"SALT_MANAGED": "sls/alice"}
    fake = FakeCloud(oneimage=[described("oneimage", 7, "debian", STATE=1, TEMPLATE=mark)])
    images = fake.objects["oneimage"]

    def delete(number, force):
        if images[number]["STATE"] == 4:
            raise ActionError("Cannot delete image, it is LOCKED.")
        del images[number]

    fake.answers["one.image.delete"] = delete
    cloud = cloud_of(fake, lambda: images[7].update(STATE=1))
    cloud.pool(KINDS["oneimage"])
    images[7]["STATE"] = 4
    report = remove(cloud, KINDS["oneimage"], "debian", "alice")
    assert report.comment(False) == "Image debian of alice was removed (ID 7)."
    assert fake.calls["one.image.delete"] == 2


def test_what_has_gone_meanwhile_is_gone():
    fake, cloud = setup(existing(1, "n"))
    fake.answers["one.vn.delete"] = NoExistsError("Error getting virtual network [1].")
    cloud.find(KINDS["onevnet"], "n", "alice")
    fake.objects["onevnet"].clear()
    assert remove(cloud, KINDS["onevnet"], "n", "alice").comment(False) == (
        "Virtual network n of alice was removed (ID 1)."
    )


def test_removal_that_is_refused():
    _, report = removing([existing(1, "n")], answers={"one.vn.delete": ActionError("wrong state")})
    assert report.comment(False) == "Virtual network n of alice: wrong state."
    assert report.changes(False) == {}


def test_removal_that_fails_on_the_way():
    fake, cloud = setup(existing(1, "n"))
    fake.answers["one.vn.delete"] = lambda number: fake.objects["onevnet"][1].update(STATE=5) or 1
    report = remove(cloud, KINDS["onevnet"], "n", "alice")
    assert report.comment(False) == "Virtual network n of alice (ID 1) could not be removed: it is in state ERROR."


def test_removal_whose_end_is_not_seen():
    fake, cloud = setup(existing(1, "n"))

    def delete(number):
        fake.answers |= {"one.vn.info": TimedOutError("no answer"), "one.system.version": TimedOutError("no answer")}
        return number

    fake.answers["one.vn.delete"] = delete
    report = remove(cloud, KINDS["onevnet"], "n", "alice")
    assert report.comment(False) == (
        "Virtual network n of alice is being removed, but could not be read afterwards: no answer."
    )


def test_one_dry_removal_makes_room_for_the_next():
    """A real run would have terminated the VM by the time it comes to the network."""
    leases = {"AR": {"AR_ID": 0, "LEASES": {"LEASE": {"IP": "10.0.0.5", "VM": 20}}}}
    vm = described("onevm", 20, "gw", STATE=3, LCM_STATE=3, USER_TEMPLATE={"SALT_MANAGED": "eole/alice"})
    fake = FakeCloud(oneuser=USERS, onevm=[vm], onevnet=[existing(1, "n", USED_LEASES=1, AR_POOL=leases)])
    cloud = cloud_of(fake)
    assert remove(cloud, KINDS["onevm"], "gw", "alice", test=True).error == ""
    assert remove(cloud, KINDS["onevnet"], "n", "alice", test=True).error == ""
    assert fake.writes == []


@pytest.mark.parametrize("test", [True, False])
def test_a_group_is_free_when_its_users_are_gone(test):
    users = [described("oneuser", 2, "alice", TEMPLATE={"SALT_MANAGED": "sls/alice"})]
    group = described("onegroup", 100, "eole", USERS={"ID": [2, 3]}, TEMPLATE={"SALT_MANAGED": "sls/oneadmin"})
    fake = FakeCloud(oneuser=users, onegroup=[group])

    def delete(number):
        fake.objects["onegroup"][100]["USERS"] = {"ID": [3]}
        return fake.objects["oneuser"].pop(number) and number

    fake.answers = {"one.user.delete": delete}
    cloud, eole = cloud_of(fake), KINDS["onegroup"]
    assert "group eole (ID 100) still has 2 users: ID 3, alice." in remove(cloud, eole, "eole", test=test).error
    assert remove(cloud, KINDS["oneuser"], "alice", test=test).error == ""
    assert "group eole (ID 100) still has 1 user: ID 3." in remove(cloud, eole, "eole", test=test).error
    fake.objects["onegroup"][100]["USERS"] = {"ID": [2]} if test else {}
    fake.answers["one.group.delete"] = lambda number: fake.objects["onegroup"].pop(number) and number
    assert remove(cloud, eole, "eole", test=test).error == ""


def test_an_object_on_its_way_out_need_not_be_removed():
    fake = FakeCloud(oneuser=USERS, onevnet=[{**existing(1, "n"), "STATE": 3}])
    cloud = cloud_of(fake, lambda: fake.objects["onevnet"].pop(1))
    report = remove(cloud, KINDS["onevnet"], "n", "alice")
    assert report.comment(False) == "Virtual network n of alice does not exist, as declared."
    assert fake.writes == []
