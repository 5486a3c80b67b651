"""Differences from the declarations, and isolation problems, as sheets."""

from onecore.basics.plan import Change
from onecore.engine.report import Report
from onecore.kinds.registry import KINDS
from onecore.pictures.findings import audit, drift
from onecore.pictures.sheets import tone

NETWORK = KINDS["onevnet"]


def report(action, *changes, **more):
    return Report(NETWORK, "dmz1", "alice", action, planned=list(changes), **more)


def rows(*reports):
    return [row[1:6] for row in drift({"alice": reports}).rows]


def test_what_is_as_declared_has_no_row():
    sheet = drift({"alice": [report("none"), report("gone")], "shared": [report("none")]})
    assert list(sheet.rows) == []
    assert sheet.empty == "All 3 declared objects are as declared."
    assert "errors" in drift({}, faulty=True).empty


def test_what_differs():
    changes = [
        Change("vlan_id", 107, 108, "update", disruptive=True),
        Change("attributes:PASSWORD", "old", "new", "update"),
        Change("dns", None, "10.0.0.1", "update"),
    ]
    assert rows(report("update", *changes, id=5)) == [
        ["disturbs VMs", "alice", "vlan_id", "107", "108"],
        ["differs", "alice", "attributes:PASSWORD", "********", "******** (another)"],
        ["differs", "alice", "dns", None, "10.0.0.1"],
    ]


def test_what_would_come_and_go_and_what_fails():
    assert rows(report("create"), report("remove"), report("none", error="it cannot be so")) == [
        ["missing", "alice", None, None, None],
        ["not declared", "alice", None, None, None],
        ["failed", "alice", None, "It cannot be so.", None],
    ]


def test_what_has_no_leave_to_disturb_differs():
    change = Change("vlan_id", 107, 108, "update", disruptive=True)
    assert rows(report("update", change, error="needs leave", disturbs=True)) == [
        ["disturbs VMs", "alice", "vlan_id", "107", "108"]
    ]


def test_holes():
    hole = {
        "severity": "high",
        "check": "same_vlan",
        "object": "virtual network dmz1",
        "id": 3,
        "finding": "a",
        "cure": "b",
    }
    assert list(audit([hole]).rows) == [["virtual network dmz1", "high", "same_vlan", "a", "b", 3]]
    assert [tone(each) for each in ("high", "medium", "low")] == ["bad", "busy", ""]
