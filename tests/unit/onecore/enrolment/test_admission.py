"""The admission of minions: one key for one ticket, once."""

import pytest

from onecore.basics.errors import ArgumentError, RefusedError
from onecore.enrolment import tickets as enrolment
from onecore.enrolment.admission import ACCEPTED, DENIED, PENDING, REJECTED, Register, admit, revoke

SECRET = "a secret of thirty-two characters"
OURS, THEIRS = "-----BEGIN PUBLIC KEY-----\nOURS", "-----BEGIN PUBLIC KEY-----\nTHEIRS"
HOUR = 3_600_000


class FakeKeys:
    """The keys of a master, with the calls that were made."""

    def __init__(self, **held):
        self.held, self.calls = {state: list(keys) for state, keys in held.items()}, []

    def of(self, minion_id):
        assert minion_id == "gw-alice"
        return {state: list(keys) for state, keys in self.held.items() if keys}

    def accept(self, minion_id, public_key):
        self.calls.append("accept")
        self.held.pop(PENDING, None)
        self.held[ACCEPTED] = [public_key]

    def remove(self, minion_id, states):
        self.calls.append(f"remove {' '.join(sorted(states))}")
        for state in states:
            del self.held[state]


@pytest.fixture
def register(tmp_path):
    return Register(str(tmp_path / "register.json"))


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes on by a second each time it is looked at."""
    time = [1_000_000_000_000]

    def tick():
        time[0] += 1000
        return time[0]

    monkeypatch.setattr(enrolment, "now", tick)
    monkeypatch.setattr("onecore.enrolment.admission.now", tick)
    return time


def token(minion_id="gw-alice"):
    return enrolment.issue(SECRET, minion_id)


def shown(of, public_key=OURS):
    ticket, key = of.split(".")
    return f"{ticket}.{enrolment._proof(key, 'gw-alice', public_key)}"


def knock(register, keys, of, public_key=OURS):
    return admit(register, keys, SECRET, "gw-alice", public_key, shown(of, public_key))


def test_a_pending_key_is_accepted(register, clock):
    keys = FakeKeys(minions_pre=[OURS])
    of = token()
    assert knock(register, keys, of) == "is accepted"
    assert keys.calls == ["accept"]
    entry = register.read()["gw-alice"]
    assert entry["ticket"] == of.split(".")[0] and entry["accepted"]
    assert of.split(".")[1] not in str(entry)


def test_a_second_request_of_the_same_minion_finds_it_accepted(register, clock):
    keys = FakeKeys(minions_pre=[OURS])
    of = token()
    knock(register, keys, of)
    assert knock(register, keys, of) == "is accepted already"
    assert keys.calls == ["accept"]


def test_a_ticket_is_used_once(register, clock):
    keys = FakeKeys(minions_pre=[OURS])
    of = token()
    knock(register, keys, of)
    keys.held = {ACCEPTED: [OURS], DENIED: [THEIRS]}
    with pytest.raises(RefusedError, match="used already"):
        knock(register, keys, of, THEIRS)
    assert keys.held[ACCEPTED] == [OURS]
    keys.held = {PENDING: [OURS]}
    with pytest.raises(RefusedError, match="used already"):
        knock(register, keys, of)
    assert keys.calls == ["accept"]


def test_what_was_interrupted_goes_on_with_the_same_key_only(register, clock, monkeypatch):
    keys = FakeKeys(minions_pre=[OURS])
    of = token()
    with monkeypatch.context() as patched, pytest.raises(ZeroDivisionError):
        patched.setattr(keys, "accept", lambda minion_id, public_key: 1 / 0)
        knock(register, keys, of)
    keys.held = {PENDING: [THEIRS]}
    with pytest.raises(RefusedError, match="used already"):
        knock(register, keys, of, THEIRS)
    keys.held = {PENDING: [OURS]}
    assert knock(register, keys, of) == "is accepted"


@pytest.mark.parametrize(
    ("held", "removed"),
    [
        ({ACCEPTED: [THEIRS], DENIED: [OURS]}, ["remove minions minions_denied", "accept"]),
        ({PENDING: [THEIRS], DENIED: [THEIRS, OURS]}, ["remove minions_denied minions_pre", "accept"]),
        ({PENDING: [THEIRS]}, ["remove minions_pre", "accept"]),
        ({ACCEPTED: [THEIRS]}, ["remove minions", "accept"]),
    ],
)
def test_another_key_makes_way_and_is_never_accepted(register, clock, held, removed):
    keys = FakeKeys(**held)
    assert knock(register, keys, token()) == "is accepted, in place of another one"
    assert (keys.calls, keys.held) == (removed, {ACCEPTED: [OURS]})


@pytest.mark.parametrize("held", [{}, {PENDING: [OURS + "\n"], DENIED: [THEIRS]}, {DENIED: [OURS]}])
def test_nobody_makes_way_where_nobody_stands(register, clock, held):
    keys = FakeKeys(**held)
    assert knock(register, keys, token()) == "is accepted"
    assert keys.held.pop(ACCEPTED) == [OURS]
    assert keys.held in ({}, {DENIED: [THEIRS]})


def test_a_gateway_that_was_made_anew_takes_over(register, clock):
    keys = FakeKeys(minions_pre=[THEIRS])
    old, new = token(), token()
    knock(register, keys, old, THEIRS)
    keys.held[DENIED] = [OURS]
    assert knock(register, keys, new) == "is accepted, in place of another one"
    keys.held = {ACCEPTED: [OURS], DENIED: [THEIRS]}
    with pytest.raises(RefusedError, match="older than the last one"):
        knock(register, keys, old, THEIRS)


def test_a_ticket_from_before_the_last_one_is_no_good(register, clock):
    never_used, used = token(), token()
    knock(register, FakeKeys(minions_pre=[OURS]), used)
    with pytest.raises(RefusedError, match="older than the last one"):
        knock(register, FakeKeys(minions_pre=[THEIRS]), never_used, THEIRS)


def test_a_key_that_a_person_rejected_stays_so(register, clock):
    keys = FakeKeys(minions_rejected=[OURS])
    with pytest.raises(RefusedError, match="rejected manually"):
        knock(register, keys, token())
    assert keys.held == {REJECTED: [OURS]}


def test_an_expired_ticket(register, clock):
    of = token()
    clock[0] += HOUR
    with pytest.raises(RefusedError, match="expired"):
        knock(register, FakeKeys(minions_pre=[OURS]), of)


def test_revoking(register, clock):
    of, keys = token(), FakeKeys(minions=[THEIRS], minions_denied=[OURS])
    assert revoke(register, keys, "gw-alice") == [ACCEPTED, DENIED]
    assert keys.held == {}
    with pytest.raises(RefusedError, match="was revoked"):
        knock(register, FakeKeys(minions_pre=[OURS]), of)
    assert knock(register, FakeKeys(minions_pre=[OURS]), token()) == "is accepted"
    assert revoke(register, FakeKeys(), "gw-alice") == []


@pytest.mark.parametrize("name", ["*", "gw-*", "", None, "../master", "a b"])
def test_wildcards_are_no_minion_id(register, name):
    with pytest.raises(ArgumentError, match="not a minion ID"):
        revoke(register, FakeKeys(), name)


def test_the_register_is_for_its_owner_only(register, clock, tmp_path):
    revoke(register, FakeKeys(), "gw-alice")
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
