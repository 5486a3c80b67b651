"""Schedules, memberships, usage: the commands of ``onevm`` beyond power, devices and snapshots."""

import pytest

pytest_plugins = ["tests.functional.driver"]


@pytest.fixture(scope="module")
def web(one):
    """A VM of alice's, with one NIC."""
    one.run("oneuser.create", "alice", "pw")
    one.run("onevnet.create", "lan", "VN_MAD=bridge AR=[TYPE=IP4, IP=10.0.0.1, SIZE=9]")
    one.wait("onevnet", 1, "lan")
    one.run("onevnet.chown", "lan", "alice")
    one.run("onetemplate.create", "small", "CPU=1 MEMORY=64")
    one.run("onetemplate.chmod", "small", "644")
    one.run("onetemplate.instantiate", "small", name="web", as_user="alice", extra={"NIC": {"NETWORK": "lan"}})
    one.wait("onevm", 3, "web")
    return "web"


def test_an_action_is_scheduled_changed_and_taken_away(one, web):
    number = one.run("onevm.sched_add", web, "poweroff", "2050-01-01T12:00")
    repeated = one.run("onevm.sched_add", web, "suspend", "+12h", repeat="weekly", days="5,1", times=3)
    first, second = one.run("onevm.sched_list", web)
    assert first == {"id": number, "action": "poweroff", "time": 2524651200, "done": -1, "message": None}
    assert second["id"] == repeated
    assert (second["repeat"], second["days"], second["times"]) == ("weekly", "1,5", 3)
    assert one.run("onevm.sched_update", web, repeated, {"days": [2], "times": 4}) is True
    second = one.run("onevm.sched_list", web)[1]
    assert (second["action"], second["repeat"], second["days"], second["times"]) == ("suspend", "weekly", "2", 4)
    assert one.run("onevm.sched_delete", web, number) is True
    assert one.run("onevm.sched_delete", web, repeated) is True
    assert one.run("onevm.sched_list", web) == []


def test_a_chart_is_several_actions(one, web):
    numbers = one.run("onevm.create_chart", web, {"suspend": "+8h", "terminate": "+2w"})
    suspend, terminate = one.run("onevm.sched_list", web)
    assert [suspend["action"], terminate["action"]] == ["suspend", "terminate"]
    assert terminate["time"] - suspend["time"] == 14 * 86400 - 8 * 3600
    assert one.run("onevm.update_chart", web, numbers[1], {"time": "+9h"}) is True
    suspend, terminate = one.run("onevm.sched_list", web)
    assert terminate["time"] - suspend["time"] == 3600
    for number in numbers:
        one.run("onevm.delete_chart", web, number)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("dance", "+1h"), "action: must be one of terminate, "),
        (("poweroff", "soon"), "Time: must be a time such as 2026-12-31T18:00 or +12h, not 'soon'."),
        (("poweroff", "+1h", None, "weekly"), "Days: for an action that is repeated weekly, numbers from 0 to 6."),
        (("poweroff", "+1h", None, "hourly", "1,2"), "Days: for an action that is repeated hourly, one number"),
        (("poweroff", "+1h", None, None, "1"), "Days is for an action that is repeated: set repeat as well."),
        (("poweroff", "+1h", None, "weekly", 1, 2, "2050-01-01"), "Times and until exclude each other"),
    ],
)
def test_what_cannot_be_scheduled_is_refused(one, web, arguments, said):
    assert said.lower() in one.refusal("onevm.sched_add", web, *arguments).lower()
    assert one.run("onevm.sched_list", web) == []


def test_an_action_that_is_none_is_not_changed(one, web):
    assert one.refusal("onevm.sched_update", web, 77, {"time": "+1h"}) == "VM web has no scheduled action 77."


def test_a_nic_joins_and_leaves_a_security_group(one, web):
    one.run("onesecgroup.create", "web", "RULE=[PROTOCOL=TCP, RULE_TYPE=inbound, RANGE=80]")
    one.run("onesecgroup.chmod", "web", "644")
    assert one.run("onevm.sg_attach", web, 0, "web") is True
    assert one.show("onevm", web)["TEMPLATE"]["NIC"]["SECURITY_GROUPS"] == "0,100"
    one.wait_for(lambda: one.show("onesecgroup", "web"), lambda seen: not seen["UPDATING_VMS"])
    assert one.run("onevm.sg_detach", web, 0, 100) is True
    assert one.show("onevm", web)["TEMPLATE"]["NIC"]["SECURITY_GROUPS"] == "0"
    assert "security group nowhere of alice does not exist" in one.refusal("onevm.sg_attach", web, 0, "nowhere")


def test_a_vm_gets_a_role_and_gives_it_up(one, web):
    one.cloud.call("one.vmgroup.allocate", 'NAME="apart" ROLE=[NAME="db", POLICY="ANTI_AFFINED"]')
    assert one.run("onevm.vmgroup_add", web, "apart", "db", vmgroup_owner="oneadmin") is True
    assert one.show("onevm", web)["TEMPLATE"]["VMGROUP"]["ROLE"] == "db"
    assert one.run("onevm.vmgroup_del", web) is True
    assert "VMGROUP" not in one.show("onevm", web)["TEMPLATE"]


def test_what_was_used_is_data(one, web):
    (record,) = one.run("onevm.accounting", user="alice", start="2020-01-01")
    assert (record["name"], record["owner"], record["cpu"], record["memory"]) == ("web", "alice", 1.0, 64)
    assert record["end"] is None
    assert one.run("onevm.accounting", group="oneadmin") == []
    assert one.run("onevm.monitoring", web) == []
    assert one.run("onevm.calculate_showback", start="2026-01", end="2026-02") is True
    assert one.run("onevm.showback", user="alice", start="2026-01") == []
    assert "must be a month such as 2026-11" in one.refusal("onevm.showback", start="2026")


def test_what_nothing_uses_is_told(one, web):
    one.run("onevnet.create", "unused", "VN_MAD=bridge")
    assert [each["name"] for each in one.run("onevnet.orphans")] == ["unused"]
    one.run("oneimage.create", "data", {"TYPE": "DATABLOCK", "SIZE": 1}, "default")
    assert [each["name"] for each in one.run("oneimage.orphans")] == ["data"]
    one.run("onetemplate.create", "big", {"CPU": 1, "MEMORY": 64, "DISK": {"IMAGE": "data"}})
    assert one.run("oneimage.orphans") == []


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("backup", ("default",)),
        ("backup", ()),
        ("backup_cancel", ()),
        ("restore", (0,)),
        ("exec", ("",)),
        ("exec_cancel", ()),
        ("pci_attach", ({"SHORT_ADDRESS": "03:00.0"},)),
        ("pci_attach", ({},)),
        ("pci_detach", (0,)),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(one, web, function, arguments):
    one.refusal(f"onevm.{function}", web, *arguments)
