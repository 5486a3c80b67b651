"""The coverage page is up to date, and its claims about arguments are tried on an embedded OpenNebula."""

import importlib.util

import pytest

from onecore.kinds.registry import KINDS
from tests.conftest import REPOSITORY
from tests.doubles.simulated import Simulated

_SPEC = importlib.util.spec_from_file_location("coverage_of_opennebula", REPOSITORY / "tools" / "coverage.py")
coverage = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(coverage)
#: Kinds whose arguments are all tried.
WHOLE = [cli for cli in coverage.data("attributes") if cli in KINDS]


@pytest.fixture(scope="module")
def connect():
    """Makes views of one cloud that has what trials need."""
    simulated = Simulated()
    coverage.prepare(simulated.connect)
    return simulated.connect


#: What all kinds have is tried of one of them; `make coverage` tries everything.
COMMON = {"owner", "group", "permissions", "locked", "description", "attributes"}
EVERY = [name for name, _ in coverage.trials(None)]
TRIALS = [name for name in EVERY if name.startswith("onevnet:") or name.partition(":")[2] not in COMMON]


@pytest.mark.parametrize("name", TRIALS)
def test_an_argument_is_created_changed_taken_away_and_removed(connect, name):
    ((_, trial),) = coverage.trials(connect, [name])
    assert trial.run() == []


@pytest.mark.parametrize("cli", WHOLE)
def test_every_argument_of_a_kind_has_its_trial_or_a_reason(cli):
    arguments = coverage.data("attributes")[cli]["arguments"]
    assert {each.name for each in KINDS[cli].arguments} == arguments.keys()


def test_the_page_is_up_to_date():
    assert coverage.PAGE.read_text(encoding="utf-8") == coverage.page(), "run: make docs"


@pytest.mark.parametrize("name", coverage.SECTIONS)
def test_every_cell_names_what_there_is_or_says_why_not(name):
    known, content = coverage.functions(), coverage.data(name)
    sections = content.values() if isinstance(next(iter(content.values())), dict) else [content]
    for text in (text for rows in sections for text in rows.values()):
        assert text.startswith("no: ") or "`" in text or text in ("the name of the state", "timeout of the state"), text
        # What belongs to a kind or a module that is not there yet, is told apart on the page.
        assert all(len(each) > 4 for each in coverage.missing(text, known))


def test_no_verb_is_said_to_be_missing_that_a_module_has():
    there = coverage.functions()
    for tool, verbs in coverage.data("cli").items():
        said = [f"{tool}.{verb.replace('-', '_')}" for verb, text in verbs.items() if text.startswith("no: ")]
        assert there.isdisjoint(said)


def test_a_cell_that_names_what_is_not_there_says_so():
    assert coverage.cell("`onevnet:dns`, `onevnet.hold`", coverage.functions()) == "`onevnet:dns`, `onevnet.hold`"
    assert coverage.cell("`onevnet:dsn`", set()) == "`onevnet:dsn` (not yet: onevnet:dsn)"
    assert coverage.cell("no: never", set()) == "not expressed: never"


def test_parts_that_say_the_same_are_one_row():
    rows = {"nic": "`x`", "nic.ip": "`x`", "nic.mac": "no: y"}
    assert list(coverage.grouped(rows)) == [("`nic`: `ip`", "`x`"), ("`nic`: `mac`", "no: y")]
