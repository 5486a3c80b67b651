"""The outputter for runs of states and for returns of functions."""

import io
import re

import pytest

from onecore.bridge.output import WIDTH, as_text
from onecore.bridge.progress import MovingLine, Watch


def state(number, result=True, comment="", changes=None, name="alice", identity="user alice", **more):
    """What Salt returns for a state."""
    return {
        "name": name,
        "result": result,
        "comment": comment,
        "changes": changes or {},
        "__id__": identity,
        "__run_num__": number,
        "duration": 1500.0,
        **more,
    }


def whole(*objects, result=True):
    """An infrastructure of alice's and its objects, each with its tag's parts and what Salt returns for it."""
    states = {"opennebula_|-user alice_|-alice_|-infrastructure": state(0, result, "alice: …")}
    for number, (kind, subject, function, more) in enumerate(objects, start=1):
        states[f"{kind}_|-{subject}_|-{subject}_|-{function}"] = state(number, **more)
    return states


NETWORK = "virtual network dmz1 of alice"
SETTLED = ("onevnet", NETWORK, "present", {"comment": f"{NETWORK} is as declared (ID 3)."})
MOVED = {
    "comment": "Virtual network lan of alice was changed (ID 4): vlan_id.",
    "changes": {"vlan_id": {"old": 107, "new": 108}, "dns": {"old": None, "new": "10.0.0.1"}},
}


def test_a_user_with_nothing_to_tell_is_one_line():
    assert as_text({"cloud": whole(SETTLED)}).splitlines() == [
        "cloud:",
        "  user alice  1 as declared  1.5 s",
        "",
        "  STATE    OBJECTS  AS DECLARED",
        "  onevnet  1        1",
        "",
        "  1 state, 0 failed; 1.5 s",
    ]


def test_what_was_changed_is_told_with_old_and_new():
    lines = as_text(whole(SETTLED, ("onevnet", "virtual network lan of alice", "present", MOVED))).splitlines()
    assert lines[0] == "  user alice  1 changed, 1 as declared  1.5 s"
    assert lines[1] == "    ~ virtual network lan: vlan_id 107 → 108, dns (none) → 10.0.0.1"


def test_a_value_in_base64_is_truncated_and_a_long_text_is_not():
    script, text = "IyEv" * 1000, "apt-get install -y docker.io\n" * 100
    changes = {"context:START_SCRIPT_BASE64": {"old": None, "new": script}, "description": {"old": "", "new": text}}
    changed = {"comment": "VM gateway of alice was changed (ID 4).", "changes": changes}
    lines = as_text(whole(("onevm", "VM gateway of alice", "present", changed))).splitlines()
    shown = " ".join(line.strip() for line in lines)
    assert f"START_SCRIPT_BASE64 (none) → {script[:39]}…" in shown
    assert shown.count("install") == 100


def test_what_is_noted_of_an_object_that_is_as_declared_is_told():
    noted = {"comment": f"{SETTLED[3]['comment']} VM 7 web of alice has not applied its last change."}
    lines = as_text(whole(SETTLED, ("onevnet", "virtual network lan of alice", "present", noted))).splitlines()
    assert lines[:2] == [
        "  user alice  2 as declared  1.5 s",
        "    * virtual network lan: VM 7 web of alice has not applied its last change.",
    ]


def test_a_dry_run_says_what_is_to_be():
    made = {
        "result": None,
        "comment": "VM gateway of alice would be created.",
        "changes": {"VM": {"old": None, "new": "gateway"}, "cpu": {"old": None, "new": 1}},
    }
    lines = as_text(whole(("onevm", "VM gateway of alice", "present", made), result=None)).splitlines()
    assert lines[:2] == ["  user alice  1 to be created  1.5 s", "    + VM gateway: cpu 1"]
    assert "  STATE  OBJECTS  TO BE CREATED  AS DECLARED" in lines
    assert lines[-1].endswith("(a dry run)")


def test_what_failed_tells_why_and_what_many_have_in_common_is_told_once():
    down = "The endpoint http://127.0.0.1:9 cannot be reached."
    states = {
        f"opennebula_|-user {user}_|-{user}_|-infrastructure": state(
            number, False, down, name=user, identity=f"user {user}"
        )
        for number, user in enumerate(("alice", "bob", "carol"))
    }
    text = as_text(states)
    assert text.splitlines()[:4] == [
        "  user alice  failed  1.5 s",
        f"      {down}",
        "  2 more states  failed as for user alice",
        "      user bob, carol",
    ]
    assert "3 states, 3 failed" in text


def test_objects_that_fail_for_the_same_reason_are_listed_once():
    reason = "owner: user alice does not exist."
    subjects = [*(f"virtual network {name} of alice" for name in ("lan", "dmz", "lab")), "VM gateway of alice"]
    objects = [
        ("onevm", subject, "present", {"result": False, "comment": f"{subject[0].upper()}{subject[1:]}: {reason}"})
        for subject in subjects
    ]
    assert as_text(whole(*objects, result=False)).splitlines()[:5] == [
        "  user alice  4 failed  1.5 s",
        "    ! virtual network lan",
        f"      Virtual network lan of alice: {reason}",
        "    ! 3 more failed as for virtual network lan",
        "      virtual network dmz, lab, VM gateway",
    ]


def test_a_state_by_itself_shows_its_objects():
    """Salt leaves them in the return of the state; an orchestration calls it like that."""
    subject = "virtual network lan of alice"
    low = {"state": "onevnet", "fun": "present", "name": subject, "__id__": subject}
    objects = [{"name": "lan", "result": True, "duration": 1.0, "low": low, **MOVED}]
    single = {"opennebula_|-alice_|-alice_|-infrastructure": state(0, identity="alice", sub_state_run=objects)}
    expected = as_text(whole(("onevnet", subject, "present", MOVED)))
    assert as_text(single) == expected.replace("  user alice", "  alice")


def test_a_removal_an_adoption_and_a_state_of_another_module():
    gone = {"comment": f"{NETWORK} was removed (ID 3).", "changes": {"virtual network": {"old": NETWORK, "new": None}}}
    taken = {"comment": "VM x of alice was taken over (ID 4): cpu.", "changes": {"cpu": {"old": 1, "new": 2}}}
    states = whole(("onevnet", NETWORK, "absent", gone), ("onevm", "VM x of alice", "present", taken))
    states["pkg_|-tools_|-tools_|-installed"] = state(9, name="tools", identity="tools", changes={"nft": "1.0"})
    states["pkg_|-more_|-more_|-installed"] = state(10, name="more", identity="more")
    lines = as_text(states).splitlines()
    assert "    - virtual network dmz1" in lines
    assert "    = VM x: cpu 1 → 2" in lines
    assert any(line.startswith("  tools ") and "changed" in line for line in lines)
    assert not any("more" in line for line in lines)


def test_a_state_that_did_not_run_is_told_apart():
    text = as_text(
        {"test_|-a_|-a_|-nop": state(0, False, "One or more requisite failed", identity="a", __state_ran__=False)}
    )
    assert "skipped" in text
    assert "One or more requisite failed" in text


def test_nothing_is_wider_than_100_columns():
    long = {f"attribute_{number}": {"old": "x" * 12, "new": "y" * 12} for number in range(40)}
    states = whole(
        ("onevm", "VM a of alice", "present", {"comment": "VM a of alice was changed.", "changes": long}),
        ("onevm", "VM b of alice", "present", {"comment": "VM b of alice was created.", "changes": long}),
        ("onevm", "VM c of alice", "present", {"result": False, "comment": "No host takes it. " * 30}),
    )
    assert max(len(line) for line in as_text(states).splitlines()) <= WIDTH


def test_rows_are_a_table():
    rows = [
        {"user": "alice", "networks": 25, "undeclared": [], "gateway": None},
        {"user": "bob", "networks": 3, "undeclared": ["a", "b"], "gateway": "gateway"},
    ]
    assert as_text(rows).splitlines() == [
        "  USER   NETWORKS  UNDECLARED  GATEWAY",
        "  alice  25        -           -",
        "  bob    3         a, b        gateway",
    ]


def test_what_a_lab_returns_is_a_table_with_its_errors_and_totals():
    row = {"user": "alice", "vm": "db", "outcome": "failed", "comment": "No host."}
    data = {
        "vms": {"alice/db": row},
        "totals": {"failed": 1, "seconds": 0.5},
        "error": "1 of 1 VMs failed:\n- No host.",
    }
    assert as_text(data).splitlines() == [
        "  USER   VM  OUTCOME",
        "  alice  db  failed",
        "",
        "  1 of 1 VMs failed:",
        "  - No host.",
        "  1 failed; 0.5 s",
    ]


def test_an_orchestration_shows_what_its_runner_returned():
    row = {"user": "alice", "vm": "db", "outcome": "created", "comment": "…"}
    returned = {"vms": {"alice/db": row}, "totals": {"created": 1, "seconds": 0.5}}
    tag = "salt_|-labs_|-onelab.build_|-runner"
    lines = as_text(
        {"data": {"m": {tag: state(0, changes={"return": returned}, identity="labs")}}, "outputter": "highstate"}
    )
    assert "      USER   VM  OUTCOME" in lines.splitlines()
    assert "      1 created; 0.5 s" in lines.splitlines()


def test_what_has_no_such_shape_is_left_to_salt():
    for data in (True, "text", {"cloud": True}, {"cloud": ["an error"]}, [], {}):
        assert as_text(data) is None


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_line_that_moves_on_a_terminal_and_lines_elsewhere():
    terminal, file = Terminal(), io.StringIO()
    for stream in (terminal, file):
        line = MovingLine(stream)
        line.tell("one")
        line.tell("two")
        line.clear()
    assert terminal.getvalue() == "\r\x1b[Kone\r\x1b[Ktwo\r\x1b[K"
    assert file.getvalue() == "one\ntwo\n"


class Campaign:
    over, tasks = 1, range(3)


class Task:
    subject, step, state = NETWORK, "waiting for READY", "running"


def test_a_run_is_silent_at_first_and_then_tells_where_it_is(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("onecore.bridge.progress.time", type("Clock", (), {"monotonic": lambda: now[0]}))
    terminal, events = Terminal(), []
    watch = Watch(MovingLine(terminal), events.append)
    watch(Campaign, Task)
    assert (terminal.getvalue(), events) == ("", [])
    now[0] += 3
    watch(Campaign, Task)
    watch(Campaign, Task)
    assert f"1/3 {NETWORK}: waiting for READY" in terminal.getvalue()
    assert [(event["object"], event["step"], event["done"], event["total"]) for event in events] == [
        (NETWORK, "waiting for READY", 1, 3)
    ]


def test_a_bus_that_fails_is_not_tried_again(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("onecore.bridge.progress.time", type("Clock", (), {"monotonic": lambda: now[0]}))
    tried = []

    def fire(data):
        tried.append(data)
        raise OSError("no master")

    watch = Watch(None, fire)
    for _ in range(3):
        now[0] += 5
        watch(Campaign, Task)
    assert len(tried) == 1


def test_a_dry_run_of_a_lab_says_what_is_to_be():
    row = {
        "user": "alice", "vm": "db", "outcome": "created", "comment": "…",
        "changes": {"VM": {"old": None, "new": "db"}, "template": {"old": None, "new": "server"}},
    }  # fmt: skip
    settled = {**row, "vm": "web", "outcome": "does not exist", "changes": {}}
    data = {
        "vms": {"alice/db": row, "alice/web": settled},
        "totals": {"created": 1, "does not exist": 1, "seconds": 0.5},
    }
    assert as_text(data).splitlines() == [
        "  USER   VM   OUTCOME",
        "  alice  db   to be created",
        "  alice  web  does not exist",
        "    + VM db of alice: template server",
        "",
        "  1 to be created, 1 does not exist; 0.5 s (a dry run)",
    ]


def test_a_plan_is_shown_as_a_dry_run_shows_it():
    plan = {
        "alice": {
            "VM gateway of alice (ID 0)": {"power": {"old": "poweroff", "new": "running"}},
            "virtual network vext of alice (ID 19)": {"virtual network": {"old": "vext (ID 19)", "new": None}},
            "virtual network lab of alice": {
                "virtual network": {"old": None, "new": "lab"},
                "mtu": {"old": None, "new": 1},
            },
        },
        "shared": {"image debian of oneadmin": {"error": "No datastore default exists."}},
    }  # fmt: skip
    assert as_text({"cloud": plan}).splitlines() == [
        "cloud:",
        "  alice",
        "    ~ VM gateway of alice (ID 0): power poweroff → running",
        "    - virtual network vext of alice (ID 19)",
        "    + virtual network lab: mtu 1",
        "  shared",
        "    ! image debian of oneadmin",
        "      No datastore default exists.",
    ]


def test_findings_are_a_table():
    row = {"user": "alice", "object": "VM gateway of alice", "part": "power", "found": "poweroff"}
    assert as_text({"drift": [row], "failures": [], "objects": 594, "retcode": 2}).splitlines() == [
        "  USER   OBJECT               PART   FOUND",
        "  alice  VM gateway of alice  power  poweroff",
        "  objects: 594",
    ]
    assert as_text({"cloud": {"findings": [], "retcode": 0}}).splitlines() == ["cloud:", "  Nothing was found."]


def test_tables_that_have_names_stand_below_their_minion():
    data = {"cloud": {"used": [{"vlan": 5}], "free": [{"first": 6}]}}
    assert as_text(data).splitlines() == ["cloud:", "  used:", "    VLAN", "    5", "  free:", "    FIRST", "    6"]


def test_an_argument_of_what_is_created_is_shown_with_its_value_or_not_at_all():
    changes = {f"argument_{number}": {"old": None, "new": "x" * 12} for number in range(9)}
    states = whole(("onevm", "VM b of alice", "present", {"comment": "VM b of alice was created.", "changes": changes}))
    (line,) = [each for each in as_text(states).splitlines() if each.startswith("    + ")]
    assert line.endswith(f"{'x' * 12}, …")
    assert len(line) <= WIDTH


def test_a_run_without_states_says_why():
    why = "No Top file or master_tops data matches found. Please see master log for details."
    refused = {"no_|-states_|-states_|-None": state(0, False, why, name="No States", identity="states", duration=0.0)}
    assert as_text(refused).splitlines() == ["  states  failed", f"      {why}", "", "  1 state, 1 failed; 0.0 s"]


@pytest.mark.parametrize("paint", [lambda text, colour: text, lambda text, colour: f"\x1b[33m{text}\x1b[0m"])
def test_lines_of_changes_are_no_wider_than_a_terminal(paint):
    changes = {f"argument_{number}": {"old": "a" * number, "new": "b" * number} for number in range(1, 20)}
    states = whole(("onevm", "VM web-of-a-long-name of alice", "present", {"comment": "Changed.", "changes": changes}))
    lines = [re.sub(r"\x1b\[[0-9]+m", "", each) for each in as_text(states, paint).splitlines()]
    assert any(each.startswith("    ~ VM web-of-a-long-name") for each in lines)
    assert max(map(len, lines)) <= WIDTH
