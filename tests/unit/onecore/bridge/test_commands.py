"""The parts of an execution module: the operations of its functions on the configured cloud."""

import pytest
from salt.exceptions import CommandExecutionError

from onecore.basics.errors import UnreachableError
from onecore.bridge import commands
from onecore.commands import objects
from onecore.wire.transport import Failure
from tests.doubles.fake_cloud import FakeCloud, cloud_of, described


@pytest.fixture
def client(monkeypatch):
    """What calls reach; the profile that was asked for is noted among them."""
    client = FakeCloud(onevnet=[described("onevnet", 1, "dmz")], onecluster=[described("onecluster", 100, "lab")])

    def connect(module, profile):
        client.log.append(("connect", (profile,)))
        return cloud_of(client)

    monkeypatch.setattr(commands, "connect", connect)
    return client


@pytest.fixture
def module():
    names = {"__name__": "salt.loaded.ext.module.onevnet", "__virtualname__": "onevnet"}
    return commands.Module(names, example="dmz1")


def test_a_common_command_is_a_function_of_the_module(module):
    list_ = module.common("list")
    assert (list_.__name__, list_.__module__) == ("list_", "salt.loaded.ext.module.onevnet")


def test_a_common_command_is_carried_out(module, client):
    rename = module.common("rename")
    assert rename("dmz", "lan", "alice", "lab") is True
    assert client.log[0] == ("connect", ("lab",))
    assert client.writes[-1] == ("one.vn.rename", 1, "lan")


def test_an_option_is_sent_last(module, client):
    create = module.common("create", option=commands.place("cluster", "Its cluster."))
    create("lan", {"VN_MAD": "dummy"}, "lab")
    create("lan", {"VN_MAD": "dummy"})
    assert [call[2:] for call in client.writes if call[0] == "one.vn.allocate"] == [(100,), (-1,)]


def test_a_verb_gets_the_cloud_and_the_kind(module, client):
    assert module.run("lab", objects.act, "dmz", "alice", "recover", 2) is True
    assert client.log[0] == ("connect", ("lab",))
    assert client.writes[-1] == ("one.vn.recover", 1, 2)


def test_a_refusal_is_salts_own_exception(module, client):
    with pytest.raises(CommandExecutionError, match=r"^Virtual network nowhere does not exist\.$"):
        module.common("show")("nowhere")


def test_a_call_whose_answer_never_came_is_not_to_be_repeated_blindly(module, client):
    client.answers["one.vn.rename"] = Failure(UnreachableError, "reset the connection", unknown=True)
    with pytest.raises(CommandExecutionError) as error:
        module.common("rename")("dmz", "lan", "alice", "lab")
    assert str(error.value).endswith("it is unknown whether OpenNebula did it, look before you call it again.")
