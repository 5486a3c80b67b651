"""The outputter in Salt: runs of states, returns of runners, and data in Salt's own format."""

import json
import os

import pytest
import salt.output
from salt.exceptions import CommandExecutionError

SUBJECT = "virtual network dmz1 of alice"
STATES = {
    "opennebula_|-user alice_|-alice_|-infrastructure": {
        "name": "alice", "result": True, "changes": {"changed": 1}, "comment": "alice: 1 changed.",
        "__id__": "user alice", "__run_num__": 0, "duration": 1.0,
    },
    f"onevnet_|-{SUBJECT}_|-{SUBJECT}_|-present": {
        "name": "alice", "result": True, "changes": {"vlan_id": {"old": 107, "new": 108}},
        "comment": "Virtual network dmz1 of alice was changed (ID 3): vlan_id.",
        "__id__": "user alice", "__run_num__": 1, "duration": 1.0,
    },
}  # fmt: skip


@pytest.fixture
def shown(session_loaders, repository):
    """Have Salt show data with an outputter, ours where none is named: ``shown(data, color=True)``."""

    def show(data, outputter="opennebula", **options):
        opts = {**session_loaders.opts, "module_dirs": [], "outputter_dirs": [str(repository / "salt" / "_output")]}
        return salt.output.out_format(data, outputter, {**opts, "color": False, **options})

    return show


def test_a_run_of_states(shown):
    text = shown({"cloud": STATES})
    assert "  user alice  1 changed" in text
    assert "    ~ virtual network dmz1: vlan_id 107 → 108" in text
    assert "\x1b" not in text


def test_colours_are_there_when_salt_wants_them(shown):
    assert "\x1b[" in shown({"cloud": STATES}, color=True)


@pytest.mark.parametrize(("columns", "widest"), [(60, 60), (100, 100), (200, 100), (0, 100), (None, 100)])
def test_lines_fit_into_the_terminal(shown, monkeypatch, columns, widest):
    changes = {f"attribute_{number}": {"old": "x" * 9, "new": "y" * 9} for number in range(9)}
    name = f"onevnet_|-{SUBJECT}_|-{SUBJECT}_|-present"
    if columns is not None:
        monkeypatch.setattr(os, "get_terminal_size", lambda descriptor: os.terminal_size((columns, 24)))
    text = shown({"cloud": {**STATES, name: {**STATES[name], "changes": changes}}})
    assert widest - 30 < max(map(len, text.splitlines())) <= widest


def test_the_return_of_an_orchestration(shown):
    assert "vlan_id 107 → 108" in shown({"data": {"master": STATES}, "outputter": "highstate", "retcode": 0})


def test_what_it_does_not_know_looks_as_salt_shows_it(shown):
    for data in ({"cloud": True}, {"cloud": ["Rendering SLS failed"]}, "text"):
        assert shown(data, output="opennebula") == shown(data, "nested")


def test_a_report_of_a_file(loaders, tmp_path):
    file = tmp_path / "highstate.json"
    file.write_text(json.dumps({"local": STATES}))
    assert "vlan_id 107 → 108" in loaders.modules["opennebula.report"](str(file))
    assert "vlan_id 107 → 108" in loaders.modules["opennebula.report"](STATES)


@pytest.mark.parametrize(
    ("content", "said"), [(None, "cannot be read"), ("no JSON", "is not JSON"), ('{"a": 1}', "must be the return")]
)
def test_a_report_of_what_is_none(loaders, tmp_path, content, said):
    file = tmp_path / "highstate.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(CommandExecutionError, match=said):
        loaders.modules["opennebula.report"](str(file))
