"""The comments about an object."""

import pytest

from onecore.basics.plan import Change
from onecore.engine.report import Report, comments, sentence
from onecore.kinds.user import USER
from onecore.kinds.vnet.kind import VNET


def report(action, kind=VNET, **more):
    planned = [Change("vlan_id", 100, 101, "update", disruptive=True), Change("dns", None, "1.1.1.1", "update")]
    return Report(kind, "dmz1", "alice", action, 7, planned, list(planned), **more)


@pytest.mark.parametrize(
    ("action", "dry", "real"),
    [
        ("none", "is as declared (ID 7).", "is as declared (ID 7)."),
        ("gone", "does not exist, as declared.", "does not exist, as declared."),
        ("create", "would be created.", "was created (ID 7)."),
        (
            "update",
            "would be changed (ID 7): vlan_id, dns. This reaches running VMs.",
            "was changed (ID 7): vlan_id, dns. This reaches running VMs.",
        ),
        ("remove", "would be removed (ID 7).", "was removed (ID 7)."),
    ],
)
def test_sentences(action, dry, real):
    told = report(action)
    assert told.comment(True) == f"Virtual network dmz1 of alice {dry}"
    assert told.comment(False) == f"Virtual network dmz1 of alice {real}"
    pending = action not in ("none", "gone")
    assert (told.result(True), told.result(False)) == (None if pending else True, True)


def test_a_failure():
    told = report("update", error="mtu: must be a whole number, not 'x'")
    assert told.comment(False) == "Virtual network dmz1 of alice: mtu: must be a whole number, not 'x'."
    assert (told.result(True), told.result(False), told.changes(True)) == (False, False, {})
    assert told.changes(False).keys() == {"vlan_id", "dns"}, "what was carried out before it failed"


def test_a_failure_that_names_its_object():
    told = report("remove", error="virtual network dmz1 of alice (ID 7) is in use: 1 lease.")
    assert told.comment(False) == "Virtual network dmz1 of alice (ID 7) is in use: 1 lease."


def test_a_failure_is_one_line_that_people_read_to_its_end():
    said = report("update", error=f"OpenNebula answered a\nb {'x' * 5000}").comment(False)
    assert said.startswith("Virtual network dmz1 of alice: OpenNebula answered a b xxx") and said.endswith("x…")
    assert "\n" not in said and len(said) < 2000


def test_kinds_without_owners():
    assert Report(USER, "alice", "whoever").comment(False) == "User alice is as declared."


def test_the_return_value_of_a_state():
    assert report("create").as_state("dmz1", True) == {
        "name": "dmz1",
        "result": None,
        "changes": {"vlan_id": {"old": 100, "new": 101}, "dns": {"old": None, "new": "1.1.1.1"}},
        "comment": "Virtual network dmz1 of alice would be created.",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a b", "A b."),
        ("a.", "A."),
        ("what is 'x'?", "What is 'x'?"),
        ("and so on …", "And so on …"),
        ("Ä", "Ä."),
        ("connection:ca is empty", "connection:ca is empty."),
        ("connection: no endpoint", "Connection: no endpoint."),
    ],
)
def test_sentence(text, said):
    assert sentence(text) == said


def test_an_error_that_several_objects_have_is_written_once():
    missing = "owner: user alice does not exist."
    reports = [Report(VNET, name, "alice", error=missing) for name in ("lan", "dmz", "lab")]
    own = Report(VNET, "vpn", "alice", error="virtual network vpn of alice is locked")
    removed = Report(VNET, "old", "alice", "remove", 7)
    assert comments([*reports, own, removed], test=False) == [
        f"Virtual network lan of alice: {missing} The same for 2 more: virtual network dmz of alice, "
        "virtual network lab of alice.",
        "Virtual network vpn of alice is locked.",
        "Virtual network old of alice was removed (ID 7).",
    ]
