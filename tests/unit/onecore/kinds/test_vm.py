"""VMs: how they are made for their owner, and how a running one follows its declaration."""

import pytest

from onecore.basics.errors import ArgumentError
from onecore.basics.plan import Desired
from onecore.basics.syntax import parse
from onecore.engine.converge import converge
from onecore.engine.removal import remove
from onecore.kinds.vm import waits as vm_waits
from onecore.kinds.vm.kind import TOLD, VM
from tests.doubles.fake_cloud import KINDS, FakeCloud, cloud_of, described

USERS = [
    described("oneuser", 0, "oneadmin", GID=0, GNAME="oneadmin", GROUPS={"ID": [0]}),
    described("oneuser", 2, "alice", GID=1, GNAME="users", GROUPS={"ID": [1]}),
]
GROUPS = [described("onegroup", 1, "users"), described("onegroup", 100, "eole")]
NETWORK = described("onevnet", 9, "dmz1", owner="alice", STATE=1)


def setup(vms=(), template=None):
    content = {"CPU": "1", "MEMORY": "64", **(template or {})}
    templates = [described("onetemplate", 3, "gateway", owner="oneadmin", TEMPLATE=content)]
    pools = {"oneuser": USERS, "onegroup": GROUPS, "onevnet": [NETWORK], "onetemplate": templates, "onevm": vms}
    fake = FakeCloud(**pools)
    return fake, cloud_of(fake)


def vm(state=3, lcm=3, template=None, number=20, **content):
    inner = {"CPU": "1", "MEMORY": "64", "CONTEXT": {"ROLE": "router"}, **(template or {})}
    return described("onevm", number, "gw", STATE=state, LCM_STATE=lcm, TEMPLATE=inner, **content)


def present(cloud, owner="alice", test=False, **values):
    values = {"template": "gateway", "template_owner": "oneadmin", **values}
    desired = Desired("onevm", "gw", owner, values, "sls/alice")
    (report,) = converge(cloud, KINDS, [desired], test)
    return report


def becoming(fake, method, **after):
    """Have a call turn the VM into another."""

    def answer(*params):
        fake.objects["onevm"][20] = vm(**after)
        return 20

    fake.answers[method] = answer


def test_it_is_made_as_its_owner_with_the_templates_context():
    fake, cloud = setup(template={"CONTEXT": {"NETWORK": "YES", "ROLE": "host", "OLD": "1"}})
    becoming(fake, "one.template.instantiate", template={"CONTEXT": {"ROLE": "router", "KEY": "ssh"}, "CPU": "0.50"})
    fake.objects["onevm"].pop(20, None)
    report = present(cloud, cpu=0.5, context={"role": "router", "key": "ssh", "old": None}, attributes={"LAB": "etb1"})
    assert "LAB is None" in report.error, "the fake forgets it, and verification tells"
    ((method, number, name, hold, extra, persistent),) = fake.writes[:1]
    assert (method, number, name, hold, persistent) == ("one.template.instantiate", 3, "gw", False, False)
    assert parse(extra) == {
        "AS_UID": "2",
        "AS_GID": "1",
        "CPU": "0.5",
        "CONTEXT": {"NETWORK": "YES", "ROLE": "router", "KEY": "ssh"},
        "LAB": "etb1",
        "SALT_MANAGED": "sls/alice",
    }


@pytest.mark.parametrize("context", ["", {}, None])
def test_a_template_without_context(context):
    fake, cloud = setup(template={"CONTEXT": context})
    becoming(fake, "one.template.instantiate")
    assert present(cloud, context={"role": "router"}).error == ""
    assert parse(fake.writes[0][4])["CONTEXT"] == {"ROLE": "router"}


def test_the_group_is_the_declared_one():
    fake, cloud = setup()
    becoming(fake, "one.template.instantiate", GNAME="eole")
    present(cloud, group="eole")
    assert parse(fake.writes[0][4])["AS_GID"] == "100"


def test_on_hold():
    fake, cloud = setup()
    becoming(fake, "one.template.instantiate", state=2, lcm=0)
    assert present(cloud, power="hold").error == ""
    assert fake.writes[0][3] is True and len(fake.writes) == 1


def test_made_and_powered_off():
    fake, cloud = setup()
    becoming(fake, "one.template.instantiate")
    becoming(fake, "one.vm.action", state=8, lcm=0)
    assert present(cloud, power="poweroff").error == ""
    assert fake.writes[1:] == [("one.vm.action", "poweroff", 20)]


def test_as_declared():
    fake, cloud = setup([vm()])
    report = present(cloud, cpu=1, memory="64M", context={"ROLE": "router"}, power="running", wait=False)
    assert (report.error, report.action, fake.writes) == ("", "none", [])


def test_a_running_vm_is_told_of_its_context():
    fake, cloud = setup([vm()])
    becoming(fake, "one.vm.updateconf", template={"CONTEXT": {"ROLE": "host"}})
    report = present(cloud, context={"role": "host"})
    assert report.error == ""
    assert report.changes(False) == {"context:ROLE": {"old": "router", "new": "host"}}
    assert fake.writes == [("one.vm.updateconf", 20, 'CONTEXT=[ROLE="host"]', 1)]


def test_a_guest_that_was_not_told_gets_another_chance():
    """OpenNebula keeps the new context although the driver failed; put back, the next run finds the difference."""
    fake, cloud = setup([vm(USER_TEMPLATE={"ERROR": "an old one"})])
    failed = {"USER_TEMPLATE": {"ERROR": "Mon: UPDATECONF: no"}}
    becoming(fake, "one.vm.updateconf", template={"CONTEXT": {"ROLE": "host"}}, **failed)
    report = present(cloud, context={"role": "host"})
    assert "the guest was not told" in report.error and "UPDATECONF: no" in report.error
    assert report.changes(False) == {}
    assert [parse(call[2])["CONTEXT"]["ROLE"] for call in fake.writes] == ["host", "router"]


def test_a_failure_of_another_step_is_not_the_contexts():
    fake, cloud = setup([vm()])
    failed = {"USER_TEMPLATE": {"ERROR": "Mon: RESIZE: no"}}
    becoming(fake, "one.vm.resize", template={"CPU": "2"}, **failed)
    becoming(fake, "one.vm.updateconf", template={"CPU": "2", "CONTEXT": {"ROLE": "host"}}, **failed)
    assert present(cloud, cpu=2, context={"role": "host"}).error == ""


def test_what_cannot_be_compared_is_written_once():
    context = {"PASSWORD": "c2VjcmV0", "ETH0_IP": "10.0.0.1", "ROLE": "router"}
    fake, cloud = setup([vm(template={"CONTEXT": context})])
    assert present(cloud, context={"password": "hunter2", "eth0_ip": "$NIC[IP]"}).error == ""
    assert fake.writes == []
    fake, cloud = setup([vm()])
    report = present(cloud, test=True, context={"password": "hunter2", "name": "$NAME"})
    # What a variable stands for may have been nothing.
    assert report.changes(True).keys() == {"context:PASSWORD"}
    assert "hunter2" not in str(report.changes(True)) + repr(report)


READABLE = ["$NAME", "$A$B", "a $NIC[IP, NETWORK=\"x y\"] b", "$NETWORK[DNS,NETWORK_ID=3]", "\\$5", "C:\\x\\", "$A;"]
UNREADABLE = ["5$ and", "$", "$$", "$A = 1", "$A, b", "$A]", "$A[", "$A\nb", "${HOME}", "$(date)", "$A[B]c"]


@pytest.mark.parametrize("text", READABLE)
def test_variables_in_the_context(text):
    _, cloud = setup([vm()])
    assert present(cloud, context={"a": text}, test=True).error == ""


@pytest.mark.parametrize("test", [True, False])
@pytest.mark.parametrize("text", UNREADABLE)
def test_what_opennebula_cannot_read_in_a_context(text, test):
    fake, cloud = setup([vm()])
    error = present(cloud, context={"script": text}, test=test).error
    assert error.startswith("context:SCRIPT: OpenNebula takes each '$' for the begin of a variable")
    assert fake.writes == []


@pytest.mark.parametrize("test", [True, False])
def test_what_no_existing_vm_can_be_told(test):
    fake, cloud = setup([vm()])
    assert "change the NIC" in present(cloud, context={"eth0_ip": "10.0.0.9"}, test=test).error
    bare = vm()
    del bare["TEMPLATE"]["CONTEXT"]
    fake, cloud = setup([bare])
    assert "was made without a context" in present(cloud, context={"a": "1"}, test=test).error
    assert fake.writes == []


@pytest.mark.parametrize("test", [True, False])
@pytest.mark.parametrize(
    ("state", "values"),
    [
        (5, {"memory": 128}),
        (5, {"context": {"a": "1"}}),
        (4, {"cpu": 3}),
        (5, {"memory": 128, "power": "suspended"}),
        (9, {"nics": []}),
        (2, {"nics": []}),
    ],
)
def test_what_cannot_be_changed_while_a_vm_sleeps(state, values, test):
    fake, cloud = setup([vm(state, 0, {"NIC": {"NIC_ID": "0", "NETWORK_ID": "9"}})])
    assert "say power: running or power: poweroff as well" in present(cloud, test=test, **values).error
    assert fake.writes == []


def test_an_emptied_key_of_the_context():
    fake, cloud = setup([vm()])
    becoming(fake, "one.vm.updateconf", template={"CONTEXT": {"ROLE": ""}})
    assert present(cloud, context={"role": None}).error == ""
    assert fake.writes == [("one.vm.updateconf", 20, 'CONTEXT=[ROLE=""]', 1)]


@pytest.mark.parametrize(
    ("state", "wanted", "action"),
    [
        ((8, 0), "running", "resume"),
        ((5, 0), "running", "resume"),
        ((2, 0), "running", "release"),
        ((3, 3), "poweroff", "poweroff"),
        ((3, 3), "undeployed", "undeploy"),
    ],
)
def test_power(state, wanted, action):
    fake, cloud = setup([vm(*state)])
    there = {"running": (3, 3), "poweroff": (8, 0), "undeployed": (9, 0)}[wanted]
    becoming(fake, "one.vm.action", state=there[0], lcm=there[1])
    assert present(cloud, power=wanted).error == ""
    assert fake.writes == [("one.vm.action", action, 20)]


@pytest.mark.parametrize("test", [True, False])
@pytest.mark.parametrize(("state", "wanted"), [((8, 0), "hold"), ((3, 3), "hold")])
def test_where_there_is_no_way(state, wanted, test):
    fake, cloud = setup([vm(*state)])
    assert "power: OpenNebula has no way from" in present(cloud, test=test, power=wanted).error
    assert fake.writes == []


def test_a_way_of_two_steps():
    fake, cloud = setup([vm(9, 0)])
    states = {"resume": (3, 3), "poweroff": (8, 0)}

    def act(action, number):
        state, lcm = states[action]
        fake.objects["onevm"][number].update(STATE=state, LCM_STATE=lcm)
        return number

    fake.answers["one.vm.action"] = act
    assert present(cloud, power="poweroff").error == ""
    assert fake.writes == [("one.vm.action", "resume", 20), ("one.vm.action", "poweroff", 20)]


def test_a_driver_that_does_not_power_off():
    fake, cloud = setup([vm()])
    becoming(fake, "one.vm.action", USER_TEMPLATE={"ERROR": "Mon: POWEROFF: no"})
    report = present(cloud, power="poweroff")
    assert report.comment(False) == "VM gw of alice: the driver failed: Mon: POWEROFF: no."
    assert report.changes(False) == {}


def test_a_vm_that_does_not_move(monkeypatch):
    monkeypatch.setattr(vm_waits, "DEPARTURE", 0)
    _, cloud = setup([vm()])
    assert present(cloud, power="poweroff").error == (
        "waited 0 s for the first step to poweroff in vain; the last state seen was RUNNING"
    )


def test_a_vm_that_failed_to_boot():
    _, cloud = setup([vm(lcm=36, USER_TEMPLATE={"ERROR": "no image"})])
    assert "VM gw of alice (ID 20) is in state BOOT_FAILURE: no image. Recover or remove it" in present(cloud).error


def test_two_vms_of_one_name_for_one_owner():
    fake, cloud = setup([vm(), vm(number=21)])
    report = present(cloud, power="poweroff")
    assert "VM gw of alice is ambiguous: the objects with ID 20, 21 have that name" in report.error
    assert fake.writes == []


@pytest.mark.parametrize("name", ["graphics", "OS", "features", "DISK", "NIC_ALIAS", "PCI", "TEMPLATE_ID", "vcpu_max"])
def test_what_only_a_template_can_say(name):
    with pytest.raises(ArgumentError, match=rf"attributes\.{name}: .*template"):
        VM.order(Desired("onevm", "gw", None, {"attributes": {name: {"A": "1"}}}), "oneadmin")


@pytest.mark.parametrize(("kind", "action"), [(VM, "terminate-hard"), (TOLD, "terminate")])
def test_its_guest_is_told_of_its_end_only_where_that_is_wanted(kind, action):
    fake, cloud = setup([vm(USER_TEMPLATE={"SALT_MANAGED": "sls/alice"})])
    fake.answers["one.vm.action"] = lambda action, number: fake.objects["onevm"].pop(number) and number
    assert remove(cloud, kind, "gw", "alice").error == ""
    assert fake.writes == [("one.vm.action", action, 20)]
