"""The pillar of the interface to Salt: current, without errors, its secrets looked up once."""

from collections import UserDict
from types import SimpleNamespace

import pytest
import salt.pillar
import salt.utils.sdb
from salt.exceptions import CommandExecutionError

from onecore.bridge import enrolment, infrastructure, pillars
from onecore.engine.report import Report
from onecore.kinds.registry import KINDS
from onecore.orchestration.users import Outcome

SOUND = {
    "connection": {"endpoint": "http://127.0.0.1:1/RPC2", "username": "oneadmin", "password": "pw"},
    "blueprints": {"eole": {"vlans": {"driver": "bridge"}, "networks": {"lan": {}}}},
    "users": {"alice": {"blueprint": "eole"}},
}
OPTIONS = {"id": "minion", "file_client": "remote"}
UNREAD = "Rendering SLS 'opennebula.users.bob' failed. Please see master log for details.\nTraceback (most recent …"


def module(pillar, **opts):
    """What Salt hands to a module: of a minion whose pillar is this."""
    return {"__opts__": {"id": "minion", **opts}, "__grains__": {}, "__context__": {}, "__pillar__": pillar}


@pytest.fixture
def master(monkeypatch):
    """A master that compiles the pillar it is given."""

    class Compiler:
        pillar = None

        def compile_pillar(self):
            return self.pillar

    compiler = Compiler()
    monkeypatch.setattr(salt.pillar, "get_pillar", lambda *_, **__: compiler)
    return compiler


def test_a_ticket_is_renewed_by_the_pillar_as_it_is_now(master):
    master.pillar = {"opennebula": {**SOUND, "users": {}, "shared": {}}}
    remembered = module({"opennebula": SOUND}, file_client="remote")
    with pytest.raises(CommandExecutionError, match="declares no user alice"):
        enrolment.renewed(remembered, "alice", None)


@pytest.mark.parametrize("file_client", ["local", "remote"])
def test_no_ticket_is_renewed_where_a_file_was_not_rendered(master, file_client):
    pillar = {"opennebula": SOUND, "_errors": [UNREAD]}
    master.pillar = pillar
    with pytest.raises(CommandExecutionError, match="error, so nothing was done: pillar: Rendering SLS"):
        enrolment.renewed(module(pillar, file_client=file_client), "alice", None)


def test_the_pillar_can_be_compiled_in_another_thread(monkeypatch):
    """Of Salt's views of options and grains nothing is left there."""
    asked, compiler = [], SimpleNamespace(compile_pillar=lambda: {"opennebula": SOUND})
    monkeypatch.setattr(salt.pillar, "get_pillar", lambda *given, **_: asked.extend(given) or compiler)
    views = {f"__{name}__": UserDict(value) for name, value in (("opts", OPTIONS), ("grains", {"os": "Debian"}))}
    assert pillars.current({**module({}), **views})["__pillar__"] == {"opennebula": SOUND}
    assert asked[:2] == [OPTIONS, {"os": "Debian"}]
    assert [type(each) for each in asked[:2]] == [dict, dict]


def test_secrets_are_looked_up_once_a_run(monkeypatch):
    asked = []
    monkeypatch.setattr(salt.utils.sdb, "sdb_get", lambda address, opts: asked.append(address) or "correct-horse")
    users = {"alice": {"blueprint": "eole", "password": "sdb://vault/alice"}}
    given = {"name": "x", "kwargs": {}}
    run = module({"opennebula": {**SOUND, "users": users}}, test=True)
    for _ in range(3):
        assert infrastructure.validated(run, given)["result"] is True
    assert asked == ["sdb://vault/alice"]
    infrastructure.validated({**run, "__context__": {}}, given)
    assert len(asked) == 2


def test_a_secret_that_is_not_there_is_told_each_time(monkeypatch):
    monkeypatch.setattr(salt.utils.sdb, "sdb_get", lambda address, opts: None)
    users = {"alice": {"blueprint": "eole", "password": "sdb://vault/alice"}}
    run = module({"opennebula": {**SOUND, "users": users}})
    for _ in range(2):
        returned = infrastructure.validated(run, {"name": "x", "kwargs": {}})
        assert returned["result"] is False
        assert "sdb://vault/alice could not be looked up" in returned["comment"]


@pytest.mark.parametrize("broken", [[1], "text", {"users": [1]}, {"users": 3}, {"users": {1: {}}}])
def test_a_user_is_demolished_whatever_the_pillar_is(broken, monkeypatch):
    monkeypatch.setattr(infrastructure, "shared_cloud", lambda module, profile: None)
    monkeypatch.setattr(infrastructure.composite, "demolish", lambda *_: Outcome([]))
    returned = infrastructure.demolished(
        module({"opennebula": broken}), {"name": "alice", "max_deletions": 5, "profile": None}
    )
    assert (returned["result"], returned["comment"]) == (True, "alice: no objects.")


def test_a_plan_has_every_object(monkeypatch):
    """Of one name there may be an object of each owner, and two of one owner."""
    reports = [
        Report(KINDS["onevnet"], "EOLE", "oneadmin", "create"),
        Report(KINDS["onevnet"], "EOLE", "nightly", "create"),
        Report(KINDS["onevm"], "gw", "alice", id=7, error="is a second one"),
        Report(KINDS["onevm"], "gw", "alice", id=8, error="is a second one"),
    ]
    monkeypatch.setattr(infrastructure.composite, "build", lambda *_, **__: Outcome(reports))
    monkeypatch.setattr(infrastructure, "command", lambda module, profile, work: work(None))
    found = infrastructure.plan(module({"opennebula": SOUND}), "alice", None)
    assert list(found["alice"]) == [
        "virtual network EOLE of oneadmin",
        "virtual network EOLE of nightly",
        "VM gw of alice (ID 7)",
        "VM gw of alice (ID 8)",
    ]
