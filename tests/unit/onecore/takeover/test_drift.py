"""The differences in the reports of a dry run."""

from onecore.basics.plan import Change
from onecore.engine.report import Report
from onecore.kinds.registry import KINDS
from onecore.takeover.drift import DRIFT, FAILURE, NONE, drift


def report(cli="oneuser", name="alice", owner=None, **more):
    return Report(KINDS[cli], name, owner, **more)


def changed(**more):
    change = Change("vlan_id", 101, 102, "update", disruptive=True)
    return report("onevnet", "lan", "alice", action="update", planned=[change], **more)


def test_nothing():
    found = drift({"shared": [report("onegroup", "team")], "alice": [report()]})
    assert (found.status, found.summary) == (NONE, "2 objects compared, 0 differ.")


def test_an_account_is_the_user_s_and_counts_once():
    """It is compared among the shared objects as well, where a shared template is that user's."""
    mail = Change("EMAIL", "x@y.z", "a@b.c", "update")
    account = report(action="update", id=3, planned=[mail])
    found = drift({"shared": [account, report("onegroup", "team")], "alice": [report(id=3), changed()]})
    assert [(row["user"], row["object"], row["part"]) for row in found.rows] == [
        ("alice", "user alice", "EMAIL"),
        ("alice", "virtual network lan of alice", "vlan_id"),
    ]
    assert (found.status, found.summary) == (DRIFT, "3 objects compared, 2 differ.")


def test_a_failure_is_told_once():
    failed = report(error="no such group")
    found = drift({"shared": [failed], "alice": [failed]})
    assert [each["error"] for each in found.failures] == ["No such group."]
    assert (found.status, found.summary) == (FAILURE, "1 object compared, 0 differ, 1 could not be compared.")
