"""Tickets, and the script with which a VM presents one to its master."""

import os
import pathlib
import subprocess

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from onecore.basics.errors import ArgumentError, RefusedError
from onecore.enrolment import tickets as enrolment
from onecore.enrolment.script import SCRIPT
from onecore.enrolment.tickets import check, context, issue
from onecore.kinds.vm.enrolment import Enrolment, token

SECRET = "a secret of thirty-two characters"
KEY = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"
FINGER = ":".join(["4f"] * 32)
MINUTE = 60_000


def claim(of, minion_id="gw-alice", public_key=KEY):
    """What a minion shows for its token."""
    ticket, key = of.split(".")
    return f"{ticket}.{enrolment._proof(key, minion_id, public_key)}"


@pytest.fixture
def clock(monkeypatch):
    """A clock that tests set, in milliseconds."""
    time = [1_000_000_000_000]
    monkeypatch.setattr(enrolment, "now", lambda: time[0])
    return time


def test_a_ticket_is_good_for_its_minion_and_one_key():
    ticket = check(SECRET, "gw-alice", KEY, claim(issue(SECRET, "gw-alice")))
    assert ticket.expires - ticket.issued == enrolment.LIFETIME * MINUTE


def test_the_end_of_the_key_does_not_count():
    check(SECRET, "gw-alice", KEY + "\n", claim(issue(SECRET, "gw-alice"), public_key=KEY.replace("\n", "\r\n")))


def test_no_two_tickets_are_alike():
    assert len({issue(SECRET, "gw-alice") for _ in range(50)}) == 50


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        (lambda: claim(issue(SECRET, "gw-bob")), "not issued for this minion ID"),
        (lambda: claim(issue(SECRET, "gw-bob"), "gw-bob"), "not issued for this minion ID"),
        (lambda: claim(issue(SECRET, "gw-alice"), public_key=KEY.replace("A", "B")), "not signed for this key"),
        (lambda: claim(issue("another secret of 32 characters!!", "gw-alice")), "not issued"),
        (lambda: issue(SECRET, "gw-alice"), "not signed"),
        (lambda: claim(issue(SECRET, "gw-alice")).replace(".", "0."), "not present a ticket"),
        (lambda: claim(issue(SECRET, "gw-alice")).replace("-", "-9", 1), "not issued"),
        (lambda: "", "not present a ticket"),
        (lambda: "1-2-3", "not present a ticket"),
    ],
)
def test_any_other_claim_is_refused(shown, why):
    with pytest.raises(RefusedError, match=why):
        check(SECRET, "gw-alice", KEY, shown())


@given(st.text())
def test_no_text_makes_it_fail(text):
    with pytest.raises(RefusedError):
        check(SECRET, "gw-alice", KEY, text)


def test_a_ticket_expires(clock):
    shown = claim(issue(SECRET, "gw-alice", 15))
    clock[0] += 15 * MINUTE - 1
    check(SECRET, "gw-alice", KEY, shown)
    clock[0] += 1
    with pytest.raises(RefusedError, match="expired"):
        check(SECRET, "gw-alice", KEY, shown)


def test_clocks_may_differ_a_little(clock):
    shown = claim(issue(SECRET, "gw-alice"))
    clock[0] -= enrolment.SKEW
    check(SECRET, "gw-alice", KEY, shown)
    clock[0] -= 1
    with pytest.raises(RefusedError, match="compare the clocks"):
        check(SECRET, "gw-alice", KEY, shown)


def test_a_claim_does_not_tell_the_token():
    of = issue(SECRET, "gw-alice")
    assert of.split(".")[1] not in claim(of)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ("gw-alice", "must be a dictionary with minion_id and secret"),
        ({"secret": SECRET}, "enrolment.minion_id"),
        ({"minion_id": "gw alice", "secret": SECRET}, "enrolment.minion_id"),
        ({"minion_id": "../master", "secret": SECRET}, "enrolment.minion_id"),
        ({"minion_id": "gw"}, "enrolment.secret"),
        ({"minion_id": "gw", "secret": "hush"}, "enrolment.secret"),
        ({"minion_id": "gw", "secret": SECRET, "lifetime": 0}, None),
        ({"minion_id": "gw", "secret": SECRET, "lifetime": -1}, "enrolment.lifetime"),
        ({"minion_id": "gw", "secret": SECRET, "lifetimes": 1}, "did you mean 'lifetime'"),
    ],
)
def test_the_argument_of_a_vm(given, fault):
    if fault is None:
        assert Enrolment("enrolment").wanted(given)["lifetime"] == enrolment.LIFETIME
        return
    with pytest.raises(ArgumentError, match=fault) as refused:
        Enrolment("enrolment").wanted(given)
    assert "hush" not in str(refused.value) and SECRET not in str(refused.value)


def test_only_a_new_vm_gets_a_token():
    field = Enrolment("enrolment")
    wanted = field.wanted({"minion_id": "gw-alice", "secret": SECRET})
    (change,) = field.changes(None, wanted)
    assert (change.path, change.new) == ("enrolment:minion_id", "gw-alice")
    assert SECRET not in repr(change)
    assert list(field.changes(object(), wanted)) == []
    assert token(None) == {}
    (written,) = token(wanted).values()
    check(SECRET, "gw-alice", KEY, claim(written))


class Guest:
    """A machine on which the script runs: a folder for Salt's configuration, and tools that only note their calls."""

    def __init__(self, root):
        self.etc, self.tools, self.calls = root / "salt", root / "bin", root / "calls"
        self.tools.mkdir()
        for tool in ("salt-minion", "systemctl"):
            self.provide(tool)

    def provide(self, tool):
        path = self.tools / tool
        path.write_text(f'#!/bin/sh\necho "{tool} $*" >>"{self.calls}"\n')
        path.chmod(0o755)

    def boot(self, **variables):
        """Run the script; returns what it told its tools and what it complained of."""
        self.calls.write_text("")
        environment = {"PATH": f"{self.tools}:{os.environ['PATH']}", "SALT_CONFIG_DIR": str(self.etc), **variables}
        done = subprocess.run(["sh", "-c", SCRIPT], env=environment, capture_output=True, text=True, check=False)
        return done.returncode, self.calls.read_text().splitlines(), done.stderr

    @property
    def configuration(self):
        return yaml.safe_load((self.etc / "minion.d" / "opennebula.conf").read_text())

    @property
    def public_key(self):
        return (self.etc / "pki" / "minion" / "minion.pub").read_text()


@pytest.fixture
def guest(tmp_path):
    return Guest(tmp_path)


def variables(**more):
    made = context({"master": "192.168.230.5", "master_finger": FINGER, "script": False}, "gw-alice")
    return {**made, **more}


def test_the_script_makes_a_minion(guest):
    code, calls, said = guest.boot(**variables(SALT_ENROLMENT_TOKEN=issue(SECRET, "gw-alice")))
    assert (code, said) == (0, "")
    assert calls == ["systemctl --quiet enable salt-minion", "systemctl --no-block restart salt-minion"]
    shown = guest.configuration.pop("grains")[enrolment.GRAIN]
    check(SECRET, "gw-alice", guest.public_key, shown)
    assert guest.configuration == {
        "id": "gw-alice",
        "master": "192.168.230.5",
        "master_finger": FINGER,
        "rejected_retry": True,
        "autosign_grains": [enrolment.GRAIN],
        "grains": {enrolment.GRAIN: shown},
    }
    for path in (guest.etc / "pki" / "minion").iterdir():
        assert path.stat().st_mode & 0o077 == 0


def test_a_second_boot_changes_nothing(guest):
    of = issue(SECRET, "gw-alice")
    guest.boot(**variables(SALT_ENROLMENT_TOKEN=of))
    before = (guest.configuration, guest.public_key)
    master_key = guest.etc / "pki" / "minion" / "minion_master.pub"
    master_key.write_text("known")
    _, calls, _ = guest.boot(**variables(SALT_ENROLMENT_TOKEN=of))
    assert calls[-1] == "systemctl --no-block start salt-minion"
    assert (guest.configuration, guest.public_key) == before
    assert master_key.exists()


def test_a_new_ticket_makes_a_new_key(guest):
    guest.boot(**variables(SALT_ENROLMENT_TOKEN=issue(SECRET, "gw-alice")))
    before = guest.public_key
    of = issue(SECRET, "gw-alice")
    _, calls, _ = guest.boot(**variables(SALT_ENROLMENT_TOKEN=of))
    assert calls[-1] == "systemctl --no-block restart salt-minion"
    assert guest.public_key != before
    check(SECRET, "gw-alice", guest.public_key, guest.configuration["grains"][enrolment.GRAIN])


def test_without_a_ticket_the_key_stays_and_a_new_master_is_looked_at_anew(guest):
    guest.boot(**variables())
    before = guest.public_key
    assert "grains" not in guest.configuration
    master_key = guest.etc / "pki" / "minion" / "minion_master.pub"
    master_key.write_text("known")
    guest.boot(**variables(SALT_MASTER="192.168.230.6"))
    assert guest.configuration["master"] == "192.168.230.6"
    assert guest.public_key == before
    assert not master_key.exists()


def test_a_vm_that_is_to_be_no_minion_is_left_alone(guest):
    assert guest.boot() == (0, [], "")
    assert not guest.etc.exists()


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"SALT_MASTER": "'; reboot"}, "SALT_MASTER of the context"),
        ({"SALT_MASTER_FINGER": ""}, "SALT_MASTER_FINGER of the context"),
        ({"SALT_MINION_ID": "a\nb: c"}, "SALT_MINION_ID of the context"),
    ],
)
def test_odd_variables_are_refused(guest, given, fault):
    code, calls, said = guest.boot(**variables(**given))
    assert (code, calls) == (1, [])
    assert fault in said
    assert not guest.etc.exists()


def test_an_image_without_salt_is_refused(guest):
    (guest.tools / "salt-minion").unlink()
    path = ":".join(part for part in os.environ["PATH"].split(":") if not pathlib.Path(part, "salt-minion").exists())
    code, _, said = guest.boot(**variables(PATH=f"{guest.tools}:{path}"))
    assert (code, said.strip()) == (1, "enrolment: salt-minion is not installed")
