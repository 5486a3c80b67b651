"""Whether a guest answers: on a port, or a ping."""

import socket
from contextlib import closing

import pytest

from onecore.basics.errors import SettleError
from onecore.kinds.vm.kind import VM
from onecore.orchestration import answering
from onecore.orchestration.answering import Answer
from onecore.orchestration.lab_campaign import status
from onecore.orchestration.lab_work import Build
from tests.doubles.fake_cloud import described
from tests.doubles.fake_vms import cloud_with, vm
from tests.unit.onecore.orchestration.test_lab_work import TEMPLATE, USERS, comments, done, machine, ours, outcomes


@pytest.fixture
def listening():
    """A port on which somebody listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


@pytest.fixture
def silent():
    """A port on which nobody listens."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def at_home(**more):
    """A VM whose second NIC has an address of this machine."""
    content = ours(0, "db", **more)
    content["TEMPLATE"]["NIC"] = [
        {"NIC_ID": "1", "NETWORK_ID": "0", "IP": "127.0.0.1"},
        {"NIC_ID": "0", "NETWORK_ID": "0"},
    ]
    return content


def built():
    """A cloud in which the lab has been built."""
    network = described("onevnet", 0, "lan", owner="alice")
    groups = [{"ID": 1, "NAME": "users"}]
    return cloud_with(at_home(), onetemplate=[TEMPLATE], onevnet=[network], oneuser=USERS, onegroup=groups)[1]


def asked(port, content=None):
    _, cloud = cloud_with(at_home() if content is None else content)
    answer = Answer(port)
    answer.given(cloud.pool(VM).by_id[0])
    return answer.given_soon()


def test_who_listens_answers(listening, silent):
    assert asked(listening)
    assert not asked(silent)


def test_a_lab_goes_on_once_a_guest_answers(listening):
    outcome = done(built(), Build, machine("db", ready="port", port=listening))
    assert outcomes(outcome) == {"db": "as declared"}


def test_a_guest_that_never_answers(silent):
    outcome = done(built(), Build, machine("db", ready="port", port=silent, timeout=0.05))
    assert (
        f"waited 0.05 s for an answer on port {silent} of 127.0.0.1; the last state seen was RUNNING"
        in comments(outcome)["db"]
    )


def test_a_guest_without_an_address():
    with pytest.raises(SettleError, match="an answer to ping is not possible: it has no IP address"):
        asked(None, vm(0, "db"))


def test_ping_needs_the_command(monkeypatch):
    monkeypatch.setattr(answering.shutil, "which", lambda name: None)
    with pytest.raises(SettleError, match="needs the command ping on the machine"):
        asked(None)


@pytest.mark.parametrize(("code", "answered"), [(0, True), (1, False)])
def test_ping(monkeypatch, tmp_path, code, answered):
    command = tmp_path / "ping"
    command.write_text(f"#!/bin/sh\nexit {code}\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert asked(None) is answered


def test_the_status_asks(listening, silent):
    _, cloud = cloud_with(at_home())
    rows = status(cloud, [machine("db", ready="port", port=port) for port in (listening, silent)])
    assert [row["ready"] for row in rows] == [True, False]
