"""One run's view of a cloud: its number of calls, its lookups, and when it gives up."""

import logging
import re
from contextlib import suppress

import pytest

from onecore.basics.errors import (
    AmbiguousError,
    AnswerError,
    AuthenticationError,
    InternalError,
    MissingError,
    NoExistsError,
    OneError,
    RefusedError,
    TimedOutError,
    UnreachableError,
)
from onecore.kinds.group import GROUP
from onecore.kinds.user import USER
from onecore.kinds.vm.kind import VM
from onecore.kinds.vnet.kind import VNET
from tests.doubles.fake_cloud import FakeCloud, cloud_of, described

DMZ, DMZ_OF_BOB, LAN = (
    described("onevnet", 1, "dmz"),
    described("onevnet", 2, "dmz", owner="bob"),
    described("onevnet", 3, "lan"),
)


def setup(answers=None, **objects):
    fake = FakeCloud(answers, **{"onevnet": [DMZ, DMZ_OF_BOB, LAN], **objects})
    return fake, cloud_of(fake)


def test_a_pool_is_read_once():
    fake, cloud = setup()
    assert cloud.find(VNET, "dmz", "alice").id == 1
    assert cloud.find(VNET, "dmz", "bob").id == 2
    assert cloud.find(VNET, "dmz", "carol") is None
    assert cloud.get(VNET, "lan", "alice").id == 3
    assert fake.log == [("one.vnpool.info", (-2, -1, -1))]


def test_kinds_without_owners():
    _, cloud = setup(onegroup=[described("onegroup", 100, "eole")])
    assert cloud.find(GROUP, "eole").id == cloud.find(GROUP, "eole", "whoever").id == 100


def test_what_must_exist():
    _, cloud = setup()
    with pytest.raises(MissingError, match=r"^virtual network lan of bob does not exist\.$"):
        cloud.get(VNET, "lan", "bob")


def test_two_of_a_name():
    vms = [described("onevm", 9, "gw"), described("onevm", 5, "gw"), described("onevm", 7, "gw", "bob")]
    _, cloud = setup(onevm=vms)
    with pytest.raises(AmbiguousError, match="VM gw of alice is ambiguous: the objects with ID 5, 9 have that name"):
        cloud.find(VM, "gw", "alice")
    assert cloud.find(VM, "gw", "bob").id == 7


def test_parts_of_an_object_beside_it_in_its_pool():
    user, quotas = "<USER><ID>2</ID><NAME>a</NAME></USER>", "<QUOTAS><ID>2</ID><VM_QUOTA><VM/></VM_QUOTA></QUOTAS>"
    pool = f"<USER_POOL>{user}{quotas}<X/></USER_POOL>"
    _, cloud = setup({"one.userpool.info": pool})
    user = cloud.find(USER, "a")
    assert [child.tag for child in user.element] == ["ID", "NAME", "VM_QUOTA"]


@pytest.mark.parametrize("body", ["", "<html>", "no XML", 0, None, "<A><VNET/></A>", "<A><VNET><ID>x</ID></VNET></A>"])
def test_an_answer_that_is_none(body):
    _, cloud = setup({"one.vnpool.info": body})
    with pytest.raises(AnswerError, match=r"one\.vnpool\.info"):
        cloud.pool(VNET)


# -- staying true --------------------------------------------------------------------------------------------------


def test_few_objects_are_read_one_by_one():
    fake, cloud = setup()
    cloud.pool(VNET)
    fake.objects["onevnet"][1] = {**DMZ, "NAME": "renamed"}
    del fake.objects["onevnet"][3]
    cloud.refresh(VNET, [1, 3, 99])
    assert fake.calls == {"one.vnpool.info": 1, "one.vn.info": 3}
    assert cloud.find(VNET, "renamed", "alice").id == 1
    assert cloud.find(VNET, "dmz", "alice") is cloud.find(VNET, "lan", "alice") is None


def test_many_objects_are_read_at_once():
    many = [described("onevnet", number, f"n{number}") for number in range(10, 16)]
    fake, cloud = setup(onevnet=many)
    cloud.pool(VNET)
    del fake.objects["onevnet"][10]
    fake.objects["onevnet"][20] = described("onevnet", 20, "new")
    cloud.refresh(VNET, range(10, 16))
    assert fake.calls == {"one.vnpool.info": 2}
    assert cloud.find(VNET, "n10", "alice") is None
    assert cloud.find(VNET, "new", "alice").id == 20


def test_many_objects_of_one_owner_are_read_from_that_owners_part():
    many = [described("onevnet", number, f"n{number}") for number in range(10, 16)]
    fake, cloud = setup(onevnet=many, oneuser=[{"ID": 2, "NAME": "alice"}])
    cloud.pool(VNET), cloud.pool(USER)
    del fake.objects["onevnet"][10]
    fake.objects["onevnet"][11]["UNAME"] = "bob"
    cloud.refresh(VNET, range(10, 16), owner="alice")
    assert fake.log[2] == ("one.vnpool.info", (2, -1, -1))
    assert fake.calls["one.vn.info"] == 1, "one that is not in that part may only have changed hands"
    assert cloud.find(VNET, "n10", "alice") is None
    assert cloud.find(VNET, "n11", "bob").id == 11


def test_a_vm_that_is_done_is_gone():
    fake, cloud = setup(onevm=[described("onevm", 9, "gw", STATE=3)])
    assert cloud.find(VM, "gw", "alice")
    fake.objects["onevm"][9]["STATE"] = 6
    cloud.refresh(VM, [9])
    assert cloud.find(VM, "gw", "alice") is None


def test_what_is_forgotten_is_read_again():
    fake, cloud = setup()
    cloud.find(VNET, "dmz", "alice")
    cloud.forget(VNET, 1)
    assert cloud.find(VNET, "dmz", "alice") is None
    cloud.forget(VNET)
    assert cloud.find(VNET, "dmz", "alice").id == 1
    assert fake.calls == {"one.vnpool.info": 2}


# -- giving up -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [UnreachableError("refused"), TimedOutError("too late"), AuthenticationError("who?")])
def test_a_read_without_answer_is_the_end(error):
    fake, cloud = setup({"one.vnpool.info": error})
    assert failures(cloud, error) == 9
    assert len(fake.log) == 1


def test_an_answer_that_is_not_opennebulas_is_the_end_when_it_comes_twice():
    """It may be about one object that OpenNebula cannot put into words."""
    error = AnswerError("HTTP 502")
    fake, cloud = setup({"one.vnpool.info": error, "one.system.version": error})
    assert failures(cloud, error) == 9
    assert [method for method, _ in fake.log] == ["one.vnpool.info", "one.system.version"]
    fake, cloud = setup({"one.vnpool.info": error})
    with pytest.raises(AnswerError):
        cloud.pool(VNET)
    assert list(cloud.pool(GROUP)) == []


def test_an_account_that_is_not_accepted_is_the_end():
    error = AuthenticationError("expired")
    fake, cloud = setup({"one.vn.delete": error})
    with pytest.raises(AuthenticationError):
        cloud.call("one.vn.delete", 1)
    assert failures(cloud, error) == 9
    assert len(fake.log) == 1


@pytest.mark.parametrize("error", [UnreachableError("refused"), TimedOutError("too late"), AnswerError("<html>")])
def test_after_a_write_without_answer_one_call_asks_whether_anybody_is_there(error):
    fake, cloud = setup({"one.vn.delete": error, "one.system.version": error})
    with pytest.raises(type(error)):
        cloud.call("one.vn.delete", 1)
    assert failures(cloud, error) == 9
    assert [method for method, _ in fake.log] == ["one.vn.delete", "one.system.version"]


def failures(cloud, error):
    """How many of nine calls fail with this error."""
    calls = [lambda: cloud.pool(VNET), lambda: cloud.call("one.vn.delete", 1), lambda: cloud.read(VM, 1)] * 3
    for call in calls:
        with pytest.raises(type(error)):
            call()
    return len(calls)


@pytest.mark.parametrize("error", [UnreachableError("reset"), TimedOutError("too late"), AnswerError("HTTP 502")])
def test_a_write_without_answer_on_a_server_that_is_there(error):
    fake, cloud = setup({"one.vn.delete": error})
    for _ in range(2):
        with pytest.raises(type(error)):
            cloud.call("one.vn.delete", 1)
    cloud.pool(VNET)
    cloud.pool(GROUP)
    assert fake.calls == {"one.vn.delete": 2, "one.system.version": 2, "one.vnpool.info": 1, "one.grouppool.info": 1}


@pytest.mark.parametrize("error", [NoExistsError("gone"), InternalError("oops"), OneError("?")])
def test_a_refusal_is_not_the_end(error):
    fake, cloud = setup({"one.vn.delete": error, "one.vn.info": error})
    for method in ("one.vn.delete", "one.vn.info", "one.vn.delete"):
        with pytest.raises(type(error)):
            cloud.call(method, 1)
    assert len(fake.log) == 3


ALICE = "<USER><ID>2</ID><NAME>alice</NAME></USER>"
NET = "<VNET><ID>7</ID><NAME>lan</NAME><UNAME>alice</UNAME><STATE>1</STATE></VNET>"


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        (USER, "<GROUP_POOL/>", "answered one.userpool.info with GROUP_POOL where USER_POOL was expected"),
        (USER, "<USER_POOL><GROUP><ID>1</ID><NAME>a</NAME></GROUP></USER_POOL>", "with a GROUP among its objects"),
        (USER, ALICE, "with USER where USER_POOL was expected"),
        (USER, "<html/>", "with html where USER_POOL was expected"),
        (USER, f"<{'x' * 5000}/>", "with something that is not its XML|with x{40} where"),
        (USER, "", "with something that is not its XML"),
        (USER, "It works!", "with something that is not its XML"),
        (USER, 7, "with something that is not its XML"),
        (USER, True, "with something that is not its XML"),
        (USER, "<USER_POOL>\ud800</USER_POOL>", "with something that is not its XML"),
        (USER, f"<!DOCTYPE a [<!ENTITY b 'c'>]><USER_POOL>{ALICE}</USER_POOL>", "with something that is not its XML"),
        (USER, f"<USER_POOL>{'<A>' * 300}{'</A>' * 300}</USER_POOL>", "with something that is not its XML"),
        (
            USER,
            "<USER_POOL><USER><NAME>alice</NAME></USER></USER_POOL>",
            r"with USER \(alice\), whose ID is ''",
        ),
        (USER, "<USER_POOL><USER><ID>2</ID></USER></USER_POOL>", "USER 2 .* which has no NAME"),
        (USER, "<USER_POOL><USER><ID>2</ID><NAME/></USER></USER_POOL>", "USER 2 .* which has no NAME"),
        (VNET, f"<VNET_POOL>{NET.replace('UNAME', 'A')}</VNET_POOL>", r"VNET 7 \(lan\), which has no UNAME"),
        (
            VNET,
            f"<VNET_POOL>{NET.replace('>1<', '>READY<')}</VNET_POOL>",
            "whose STATE is 'READY' and not a whole",
        ),
    ],
)
def test_a_pool_that_is_none_is_not_an_empty_cloud(kind, body, said):
    with pytest.raises(AnswerError, match=said) as caught:
        setup({kind.pool: body})[1].pool(kind)
    assert kind.pool in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_pool_may_be_empty_and_may_hold_remarks():
    remarks = "<?note?><USER_POOL><!-- nobody --></USER_POOL>"
    assert [list(setup({USER.pool: body})[1].pool(USER)) for body in ("<USER_POOL/>", remarks)] == [[], []]


@pytest.mark.parametrize("body", [NET, "<VNET_POOL/>", "<USER_POOL/>", "<VNET/>", "7.4.0"])
def test_another_object_than_was_asked_for_is_no_answer(body):
    with pytest.raises(AnswerError, match=r"one\.vn\.info"):
        setup({"one.vn.info": body})[1].read(VNET, 8)


def test_an_object_can_be_named_by_the_text_of_its_number():
    _, cloud = setup(oneuser=[{"ID": 2, "NAME": "alice"}])
    assert cloud.numbered(USER, "2").name == "alice"
    assert [cloud.numbered(USER, text) for text in ("3", "", "x", "-2", "²", "9" * 5000)] == [None] * 6


@pytest.mark.parametrize(
    ("method", "params", "answer", "said"),
    [
        ("one.vn.allocate", ("NAME=lan", -1), 7, "one.vn.allocate 7 (virtual network lan of alice): N ms"),
        ("one.vm.action", ("poweroff", 12), 12, "one.vm.action poweroff 12 (virtual network lan of alice): N ms"),
        ("one.acl.addrule", ("0x1", "0x2", "0x4"), 9, "one.acl.addrule 9 (virtual network lan of alice): N ms"),
        ("one.acl.delrule", (9,), 9, "one.acl.delrule 9 (virtual network lan of alice): N ms"),
        (
            "one.vn.update",
            (3, "", 1),
            RefusedError("no"),
            "one.vn.update 3 (virtual network lan of alice): N ms, failed",
        ),
    ],
)
def test_a_line_for_each_write_call_names_the_object_and_its_number(caplog, method, params, answer, said):
    caplog.set_level(logging.INFO)
    _, cloud = setup({method: answer})
    with cloud.about("virtual network lan of alice"), suppress(RefusedError):
        cloud.call(method, *params)
    assert [re.sub(r"\d+ ms", "N ms", record.getMessage()) for record in caplog.records] == [said]
