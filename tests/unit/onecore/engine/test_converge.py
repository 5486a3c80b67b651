"""The engine: comparing, writing, waiting and verifying; a failure affects only its own object."""

import time
from types import SimpleNamespace

import pytest

from onecore.basics.errors import (
    ActionError,
    AllocateError,
    AuthorizationError,
    InternalError,
    MissingError,
    NoExistsError,
    UnreachableError,
)
from onecore.basics.plan import Desired
from onecore.basics.syntax import parse
from onecore.cloud import campaign
from onecore.cloud.campaign import alone
from onecore.cloud.collection import NAME
from onecore.engine.converge import converge
from onecore.engine.item import Item
from onecore.engine.report import sentence
from onecore.model.kind import Kind
from tests.doubles.fake_cloud import KINDS, FakeCloud, cloud_of, described
from tests.doubles.networks import USERS, existing, setup
from tests.doubles.simulated import Simulated


def network(name, **values):
    return Desired("onevnet", name, "alice", {"driver": "bridge", **values}, "eole/alice")


def test_nothing_to_do():
    fake, cloud = setup(*(existing(number, f"n{number}") for number in range(5)))
    reports = converge(cloud, KINDS, [network(f"n{number}") for number in range(5)])
    assert [report.action for report in reports] == ["none"] * 5
    assert fake.calls == {"one.vnpool.info": 1, "one.userpool.info": 1}
    assert reports[2].comment(False) == "Virtual network n2 of alice is as declared (ID 2)."


def test_a_dry_run_writes_nothing():
    fake, cloud = setup(existing(1, "old"))
    reports = converge(cloud, KINDS, [network("old", dns="1.1.1.1"), network("new")], test=True)
    assert [report.result(True) for report in reports] == [None, None]
    assert fake.writes == []
    assert reports[0].comment(True) == "Virtual network old of alice would be changed (ID 1): dns."
    assert reports[1].comment(True) == "Virtual network new of alice would be created."


def refusing(error, *numbers):
    def update(number, template, how):
        if number in numbers:
            raise error
        fake.objects["onevnet"][number]["TEMPLATE"] |= parse(template)
        return number

    fake, cloud = setup(*(existing(number, f"n{number}") for number in range(5)), answers={"one.vn.update": update})
    reports = converge(cloud, KINDS, [network(f"n{number}", dns="1.1.1.1") for number in range(5)])
    return fake, reports


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (AuthorizationError("Not authorized to MANAGE NET [2]."), "Not authorized to MANAGE {} (ID 2)."),
        (ActionError("wrong state"), "{}: wrong state."),
        (InternalError("oops"), "{}: oops."),
        (NoExistsError("Error getting virtual network [2]."), "Error getting {} (ID 2)."),
        (UnreachableError("closed the connection"), "{}: closed the connection."),
    ],
)
def test_a_failure_is_its_objects_own(error, said):
    fake, reports = refusing(error, 2)
    assert [report.result(False) for report in reports] == [True, True, False, True, True]
    assert reports[2].comment(False) == sentence(said.format("virtual network n2 of alice"))
    assert reports[2].changes(False) == {}
    assert reports[3].changes(False) == {"dns": {"old": None, "new": "1.1.1.1"}}
    assert fake.calls["one.vn.update"] == 5


def test_a_server_that_is_lost_half_way():
    """What follows fails at once; what was written is not called done, for its end was not seen."""
    dead = UnreachableError("the endpoint refuses connections")
    fake, cloud = setup(*(existing(number, f"n{number}") for number in range(20)))

    def update(number, template, how):
        if number == 5:
            fake.answers = dict.fromkeys(("one.vn.update", "one.system.version", "one.vnpool.info"), dead)
            raise dead
        fake.objects["onevnet"][number]["TEMPLATE"] |= parse(template)
        return number

    fake.answers = {"one.vn.update": update}
    reports = converge(cloud, KINDS, [network(f"n{number}", dns="1.1.1.1") for number in range(20)])
    assert all(report.result(False) is False for report in reports)
    assert fake.calls["one.vn.update"] == 6 and fake.calls["one.system.version"] == 1
    assert len(fake.log) == 9
    assert "was changed, but could not be read afterwards: the endpoint refuses" in reports[0].comment(False)
    assert reports[9].comment(False) == "Virtual network n9 of alice: the endpoint refuses connections."


def test_faults_of_one_declaration():
    fake, cloud = setup(existing(1, "good"))
    wanted = [
        network("good"),
        network("bad", vlan_id="many", mtu=1, dnss="1.1.1.1"),
        network("a:b"),
        network("lost", group="nobody"),
        Desired("onevnet", "orphan", "nobody", {"driver": "bridge"}),
        Desired("onevnet", "driverless", "alice", {}),
        network("twice", vlan_id=5, automatic_vlan_id=True),
    ]
    good, *bad = converge(cloud, KINDS, wanted)
    assert good.result(False) is True
    assert [report.comment(False) for report in bad] == [
        "Virtual network bad of alice: vlan_id: must be a whole number from 1 to 16777215, not 'many'. "
        "mtu: must be a whole number from 68 to 65535, not 1. Unknown argument dnss, did you mean 'dns'?",
        "Virtual network a:b of alice: OpenNebula does not allow ':' in the name of a virtual network: 'a:b'.",
        "Virtual network lost of alice: group: group nobody does not exist.",
        "Virtual network orphan of nobody: owner: user nobody does not exist.",
        "Virtual network driverless of alice: To create it, driver must be given.",
        "Virtual network twice of alice: vlan_id and automatic_vlan_id exclude each other: declare one of them.",
    ]
    assert fake.writes == []


@pytest.mark.parametrize("name", ["managed", "adopt", "kind", "template_id"])
def test_what_is_no_argument(name):
    _, cloud = setup()
    (report,) = converge(cloud, KINDS, [network("n", **{name: "x"})])
    assert f"Unknown argument {name}" in report.error


def test_users_and_groups_have_no_owner():
    _, cloud = setup()
    for declared in (Desired("oneuser", "alice", "bob"), Desired("oneuser", "alice", None, {"owner": "bob"})):
        (report,) = converge(cloud, KINDS, [declared])
        assert report.error == "Unknown argument owner."


# -- verification --------------------------------------------------------------------------------------------------


def test_a_difference_that_stays():
    fake, cloud = setup(existing(1, "n"))
    template = fake.objects["onevnet"][1]["TEMPLATE"]
    fake.answers["one.vn.update"] = lambda *_: template.update(DNS="2.2.2.2") or 1
    (report,) = converge(cloud, KINDS, [network("n", dns="1.1.1.1", mtu=1500)])
    assert report.comment(False) == (
        "Virtual network n of alice is still not as declared: mtu is nothing, not 1500; "
        "dns is '2.2.2.2', not '1.1.1.1'."
    )
    assert report.changes(False) == {}


def test_a_secret_that_stays_is_not_told():
    fake, cloud = setup(existing(1, "n", TEMPLATE={"ROOT_PASSWORD": "hunter1"}))
    (report,) = converge(cloud, KINDS, [network("n", attributes={"root_password": "hunter2"})])
    assert "is still not as declared" in report.error
    assert "hunter" not in report.error + repr(report)
    assert fake.writes


def test_an_object_that_vanishes_meanwhile():
    fake, cloud = setup(existing(1, "n"))
    fake.answers["one.vn.update"] = lambda *_: fake.objects["onevnet"].clear() or 1
    (report,) = converge(cloud, KINDS, [network("n", dns="1.1.1.1")])
    assert report.comment(False) == "Virtual network n of alice disappeared while it was being changed; run again."


def test_an_object_in_error():
    failed = existing(1, "n", TEMPLATE={"ERROR": "no bridge"})
    fake, cloud = setup({**failed, "STATE": 5}, existing(2, "m"))
    broken, good = converge(cloud, KINDS, [network("n", dns="1.1.1.1"), network("m")])
    assert broken.comment(False) == (
        "Virtual network n of alice (ID 1) is in state ERROR: no bridge. Recover or remove it, then run again."
    )
    assert good.result(False) is True
    assert fake.writes == []


def allocating(state=1, taken=None, **content):
    """A cloud that allocates network 9, and the fake behind it."""
    fake, cloud = setup()

    def allocate(template, cluster):
        if taken:
            raise taken
        attributes = parse(template)
        name = attributes.pop("NAME")
        new = described("onevnet", 9, name, owner="oneadmin", STATE=state, TEMPLATE=attributes, **content)
        fake.objects["onevnet"][9] = {**new, "VN_MAD": attributes.pop("VN_MAD")}
        return 9

    def chown(number, uid, gid):
        fake.objects["onevnet"][number] |= {"UNAME": "alice", "UID": uid}
        return number

    fake.answers = {"one.vn.allocate": allocate, "one.vn.chown": chown}
    return fake, cloud


def test_a_new_object():
    fake, cloud = allocating()
    (report,) = converge(cloud, KINDS, [network("n", dns="1.1.1.1")])
    assert report.comment(False) == "Virtual network n of alice was created (ID 9)."
    assert report.changes(False) == {
        "virtual network": {"old": None, "new": "n"},
        "driver": {"old": None, "new": "bridge"},
        "dns": {"old": None, "new": "1.1.1.1"},
        "owner": {"old": None, "new": "alice"},
    }
    assert [call[0] for call in fake.writes] == ["one.vn.allocate", "one.vn.chown"]


def test_a_new_object_that_fails_later():
    fake, cloud = allocating(state=5)
    (report,) = converge(cloud, KINDS, [network("n", permissions="640")])
    assert "Virtual network n of alice (ID 9) is in state ERROR. Recover or remove it" in report.comment(False)
    assert [call[0] for call in fake.writes] == ["one.vn.allocate", "one.vn.chown"]


def test_a_new_object_that_does_not_settle():
    fake, cloud = allocating(state=2)
    cloud.sleep = time.sleep
    (report,) = converge(cloud, KINDS, [network("n", permissions="640")], timeout=0.01)
    assert report.comment(False) == (
        "Virtual network n of alice (ID 9) did not settle within 0.01 s; its state was LOCK_CREATE. "
        "Run again when it is ready."
    )
    assert fake.calls["one.vn.chmod"] == 0


# -- what an interrupted run left under way ------------------------------------------------------------------------


@pytest.mark.parametrize("test", [True, False])
def test_an_object_that_is_still_being_made_is_awaited_before_it_is_compared(test):
    """Until then it does not even have its address ranges."""
    ranges = {"pool": {"ip": "10.0.0.5", "size": 3}}
    fake = FakeCloud(oneuser=USERS, onevnet=[{**existing(1, "n"), "STATE": 2}, existing(2, "m")])
    ready = existing(1, "n", AR_POOL={"AR": {"AR_ID": 0, "TYPE": "IP4", "IP": "10.0.0.5", "SIZE": 3}})
    cloud = cloud_of(fake, lambda: None, lambda: fake.objects["onevnet"].update({1: ready}))
    reports = converge(cloud, KINDS, [network("n", address_ranges=ranges), network("m")], test)
    assert [(report.action, report.error) for report in reports] == [("none", "")] * 2
    assert fake.writes == []


def test_it_is_awaited_for_as_long_as_is_said(monkeypatch):
    times = iter(range(0, 1000, 50))
    monkeypatch.setattr(campaign, "time", SimpleNamespace(monotonic=lambda: next(times)))
    fake = FakeCloud(oneuser=USERS, onevnet=[{**existing(1, "n"), "STATE": 2}])
    (late,) = converge(cloud_of(fake, *[lambda: None] * 9), KINDS, [network("n")], timeout=7)
    assert "n of alice (ID 1) did not settle within 7 s; its state was LOCK_CREATE." in late.comment(False)


def test_an_object_on_its_way_out_is_made_anew():
    fake, cloud = allocating()
    fake.objects["onevnet"][1] = {**existing(1, "n"), "STATE": 3}
    cloud.sleep = lambda seconds: fake.objects["onevnet"].pop(1)
    (report,) = converge(cloud, KINDS, [network("n")])
    assert report.comment(False) == "Virtual network n of alice was created (ID 9)."


def test_an_object_that_is_never_made(monkeypatch):
    times = iter(range(0, 1000, 50))
    monkeypatch.setattr(campaign, "time", SimpleNamespace(monotonic=lambda: next(times)))
    fake = FakeCloud(oneuser=USERS, onevnet=[{**existing(1, "n"), "STATE": 2}, existing(2, "m")])
    late, good = converge(cloud_of(fake, *[lambda: None] * 9), KINDS, [network("n"), network("m", dns="")])
    assert "n of alice (ID 1) did not settle within 120 s; its state was LOCK_CREATE." in late.comment(False)
    assert good.result(False) is True


@pytest.mark.parametrize("error", [AllocateError("quota exceeded"), AuthorizationError("limit of 3 exceeded")])
def test_a_new_object_that_is_refused(error):
    _, cloud = allocating(taken=error)
    (report,) = converge(cloud, KINDS, [network("n")])
    assert report.comment(False) == f"Virtual network n of alice: {error}."
    assert report.changes(False) == {}


def test_a_handover_that_fails():
    fake, cloud = allocating()
    fake.answers["one.vn.chown"] = AuthorizationError("Not authorized.")
    (report,) = converge(cloud, KINDS, [network("n")])
    assert report.comment(False) == (
        "Virtual network n of alice: it was allocated (ID 9) but not handed over to alice: Not authorized. "
        "Run again to finish."
    )


def test_a_kind_of_which_nothing_is_known_but_its_declaration():
    """The engine works from the declaration of a kind alone."""
    kind = Kind("onething", "thing", "one.vn", "one.vnpool.info", "VNET", key=NAME)
    _, cloud = setup(described("onevnet", 1, "n"))
    (report,) = converge(cloud, {"onething": kind}, [Desired("onething", "n")])
    assert report.comment(False) == "Thing n is as declared (ID 1)."


@pytest.mark.parametrize("test", [True, False])
def test_what_is_refused_at_first_is_looked_at_again_when_others_have_changed(test):
    """A NIC leaves the address whose range is to go; the network comes before the VM."""
    template = described("onetemplate", 5, "gw", "oneadmin", TEMPLATE={"CPU": "1", "MEMORY": "64"})
    held = {"AR_ID": 0, "TYPE": "IP4", "IP": "10.0.0.1", "SIZE": 1, "ALLOCATED": f" 0 {0x1000000000 + 20}"}
    pool = {"AR_ID": 1, "TYPE": "IP4", "IP": "10.0.0.50", "SIZE": 9}
    old, new = ({"NIC_ID": number, "NETWORK_ID": 1, "IP": ip} for number, ip in ((0, "10.0.0.1"), (1, "10.0.0.51")))
    vm = {"USER_TEMPLATE": {"SALT_MANAGED": "eole/alice"}}
    fake = FakeCloud(
        oneuser=USERS,
        onetemplate=[template],
        onevnet=[existing(1, "n", AR_POOL={"AR": [held, pool]})],
        onevm=[described("onevm", 20, "gw", TEMPLATE={"NIC": [old]}, **vm)],
    )

    def attach(number, nic):
        fake.objects["onevm"][20] = described("onevm", 20, "gw", TEMPLATE={"NIC": [old, new]}, **vm)
        return number

    def detach(number, nic):
        fake.objects["onevm"][20] = described("onevm", 20, "gw", TEMPLATE={"NIC": [new]}, **vm)
        fake.objects["onevnet"][1] = existing(1, "n", AR_POOL={"AR": [{**held, "ALLOCATED": ""}, pool]})
        return number

    def rm_ar(number, ar):
        fake.objects["onevnet"][1] = existing(1, "n", AR_POOL={"AR": [pool]})
        return number

    fake.answers = {"one.vm.attachnic": attach, "one.vm.detachnic": detach, "one.vn.rm_ar": rm_ar}
    nics = [{"network": "n", "ip": "10.0.0.51"}]
    wanted = [
        network("n", address_ranges=[{"ip": "10.0.0.50", "size": 9}]),
        Desired("onevm", "gw", "alice", {"template": "gw", "nics": nics}, "eole/alice", disruption=True),
    ]
    reports = converge(cloud_of(fake), KINDS, wanted, test)
    assert [report.error for report in reports] == ["", ""]
    assert list(reports[0].changes(test)) == ["address_ranges:AR 0"]
    moved = ["one.vm.attachnic", "one.vm.detachnic", "one.vn.rm_ar"]
    assert [call[0] for call in fake.writes] == ([] if test else moved)


MESSAGE = "[HOST] Not enough CPU on hosts: 0,1,2"


def unplaced(*events):
    inner = {"SALT_MANAGED": "eole/alice", "SCHED_MESSAGE": MESSAGE}
    vms = [described("onevm", 7, "web", STATE=1, LCM_STATE=0, USER_TEMPLATE=inner)]
    fake = FakeCloud(oneuser=USERS, onevm=vms, onetemplate=[])
    return fake, cloud_of(fake, *(lambda event=event: event(fake.objects["onevm"][7]) for event in events))


def test_what_is_as_declared_but_has_no_place_is_waited_for():
    _, cloud = unplaced(lambda vm: time.sleep(0.01))
    (late,) = converge(cloud, KINDS, [Desired("onevm", "web", "alice")], timeout=0.001)
    assert late.comment(False) == (
        f"VM web of alice (ID 7) did not settle within 0.001 s; its state was PENDING ({MESSAGE}). "
        "Run again when it is ready."
    )
    fake, cloud = unplaced(lambda vm: vm.update(STATE=3, LCM_STATE=3))
    (placed,) = converge(cloud, KINDS, [Desired("onevm", "web", "alice")])
    assert placed.comment(False) == "VM web of alice is as declared (ID 7)."
    assert fake.writes == []


@pytest.mark.parametrize(("test", "wait"), [(True, True), (True, False), (False, False)])
def test_what_is_not_waited_for_is_told(test, wait):
    _, cloud = unplaced()
    (report,) = converge(cloud, KINDS, [Desired("onevm", "web", "alice", {"wait": wait})], test)
    assert report.result(test) is True
    assert report.comment(test) == f"VM web of alice is as declared (ID 7). Its state is PENDING ({MESSAGE})."


def test_what_is_broken_when_it_has_been_waited_for():
    _, cloud = unplaced(lambda vm: vm.update(STATE=3, LCM_STATE=36))
    (report,) = converge(cloud, KINDS, [Desired("onevm", "web", "alice")])
    assert "(ID 7) is in state BOOT_FAILURE" in report.error


# -- one object by itself ------------------------------------------------------------------------------------------


def test_a_write_that_fails_half_way_leaves_known_what_was_done():
    def update(number, template, how):
        fake.objects["onevnet"][number]["TEMPLATE"] |= parse(template)
        return number

    answers = {"one.vn.update": update, "one.vn.chmod": AuthorizationError("no")}
    fake, cloud = setup(existing(1, "n"), answers=answers)
    wanted = [network("n", dns="1.1.1.1", permissions="640")]
    (report,) = converge(cloud, KINDS, wanted)
    assert report.comment(False) == "Virtual network n of alice: no."
    assert report.changes(False) == {"dns": {"old": None, "new": "1.1.1.1"}}
    (again,) = converge(cloud, KINDS, wanted, test=True)
    assert list(again.changes(True)) == ["permissions"]
    assert fake.calls["one.vnpool.info"] + fake.calls["one.vn.info"] == 2


def test_a_plan_writes_nothing_and_waits_for_nothing():
    fake, cloud = setup({**existing(1, "n"), "STATE": 2})
    item = Item(KINDS["onevnet"], network("n", dns="1.1.1.1"))
    item.plan(cloud)
    assert [change.path for change in item.due] == ["dns"]
    assert fake.calls == {"one.vnpool.info": 1, "one.userpool.info": 1}


def test_an_object_made_anew_takes_no_notice_of_the_one_of_its_name():
    fake, cloud = allocating()
    fake.objects["onevnet"][1] = existing(1, "n")
    item = Item(KINDS["onevnet"], network("n"), extra={"NOTE": "handed on"}, renew=True)
    item.plan(cloud)
    del fake.objects["onevnet"][1]
    assert alone(cloud, item.carry_out(cloud)).id == item.report.id == 9
    assert fake.objects["onevnet"][9]["TEMPLATE"]["NOTE"] == "handed on"


def test_a_failure_is_in_the_report_and_raised():
    _, cloud = setup()
    item = Item(KINDS["onevnet"], network("n", group="nobody"))
    with pytest.raises(MissingError, match="group nobody does not exist"):
        alone(cloud, item.run(cloud))
    assert item.report.error == "group: group nobody does not exist."


def test_what_is_the_accounts_own_is_made_before_what_passes_through_its_namespace():
    fake, cloud = allocating()
    allocate = fake.answers["one.vn.allocate"]
    fake.answers["one.vn.allocate"] = lambda *params: fake.objects["onevnet"].clear() or allocate(*params)
    own = Desired("onevnet", "m", None, {"driver": "bridge"}, "shared/oneadmin")
    reports = converge(cloud, KINDS, [network("n"), own])
    assert [parse(template)["NAME"] for method, template, *_ in fake.writes if method == "one.vn.allocate"] == [
        "m",
        "n",
    ]
    assert [report.name for report in reports] == ["n", "m"]


def test_a_number_that_is_none_is_told():
    rule = {"PROTOCOL": "ALL", "RULE_TYPE": "inbound", "NETWORK_ID": "x"}
    content = {"SALT_MANAGED": "sls/alice", "RULE": rule}
    fake = FakeCloud(oneuser=USERS, onesecgroup=[described("onesecgroup", 100, "web", TEMPLATE=content)])
    rules = {"all": {"protocol": "ALL", "direction": "inbound"}}
    (report,) = converge(cloud_of(fake), KINDS, [Desired("onesecgroup", "web", "alice", {"rules": rules}, "sls/alice")])
    assert "SECURITY_GROUP 100 (web), whose TEMPLATE/RULE/NETWORK_ID is 'x' and not a whole number" in report.error


# -- objects that others of their kind are made from ---------------------------------------------------------------


def test_a_copy_and_a_part_come_after_what_they_are_made_from():
    """Whatever the order in which a pillar names them: dry runs foresee it, and one run makes all of it."""
    simulated = Simulated()
    ranges = [{"ip": "10.5.0.1", "size": 30}]
    base = {"datastore": "default", "type": "DATABLOCK", "size": 8}
    wanted = [
        Desired("onevnet", "part", None, {"reserved_from": {"network": "whole", "size": 4}}, "sls/oneadmin"),
        Desired("onevnet", "whole", None, {"driver": "bridge", "address_ranges": ranges}, "sls/oneadmin"),
        Desired("oneimage", "again", None, {"clone_from": "copy"}, "sls/oneadmin"),
        Desired("oneimage", "copy", None, {"clone_from": "root"}, "sls/oneadmin"),
        Desired("oneimage", "root", None, base, "sls/oneadmin"),
    ]
    foreseen = [each.changes(True) for each in converge(simulated.connect(), KINDS, wanted, test=True)]
    done = converge(simulated.connect(), KINDS, wanted)
    assert [each.error for each in done] == [""] * len(wanted)
    assert [each.changes(False) for each in done] == foreseen
    assert [each.changes(False) for each in converge(simulated.connect(), KINDS, wanted)] == [{}] * len(wanted)


def test_what_is_made_from_itself_is_refused():
    simulated = Simulated()
    one, other = ({"reserved_from": {"network": name, "size": 2}} for name in ("b", "a"))
    wanted = [Desired("onevnet", "a", None, one), Desired("onevnet", "b", None, other)]
    assert ["does not exist" in each.error for each in converge(simulated.connect(), KINDS, wanted)] == [True, True]


def test_what_is_locked_in_the_same_run_is_made_nothing_from():
    simulated = Simulated()
    whole = {"driver": "bridge", "address_ranges": [{"ip": "10.5.0.1", "size": 30}], "locked": "USE"}
    wanted = [
        Desired("onevnet", "whole", None, whole, "sls/oneadmin"),
        Desired("onevnet", "part", None, {"reserved_from": {"network": "whole", "size": 2}}, "sls/oneadmin"),
    ]
    _, part = converge(simulated.connect(), KINDS, wanted, test=True)
    assert part.error == (
        "reserved_from: virtual network whole of oneadmin is declared with locked: USE, which forbids its use."
    )
    _, part = converge(simulated.connect(), KINDS, wanted)
    assert "is locked by oneadmin (level USE)" in part.error
