"""docs/onesim.md documents every option and every method, and no other."""

import re

import pytest

from onesim.__main__ import arguments
from onesim.api.absent import ABSENT
from onesim.api.dispatch import METHODS
from onesim.cloud.faults import ACTIONS, CONDITIONS
from onesim.errors import Fault
from onesim.founding import registry
from onesim.founding.seed import SECTIONS
from tests.conftest import REPOSITORY

from .cloud import Cloud

registry.load()
TEXT = (REPOSITORY / "docs" / "onesim.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(one\.\w+)\.…` \|(.*)\|(.*)\|(.*)\|$", TEXT, re.MULTILINE)


def told(*columns):
    """The methods that the table has in these columns."""
    return [
        f"{row[0]}.{verb}" for row in ROWS for column in columns for verb in re.findall(r"`(\w+)`", row[column])
    ]  # fmt: skip


def test_methods_that_are_there():
    assert sorted(told(1, 2)) == sorted(name for name in METHODS if name.startswith("one."))


def test_methods_that_are_not_there():
    assert sorted(told(3)) == sorted(ABSENT)
    sim = Cloud()
    for name in ABSENT:
        with pytest.raises(Fault, match=f"Method '{name}' not defined"):
            sim.answer(name)


def test_methods_that_clients_need():
    table = TEXT.partition("## Clients")[2].partition("## Methods")[0]
    called = {
        f"{prefix}.{verb}"
        for prefix, verbs in re.findall(r"`(one\.\w+)\.(\w+`(?: `\w+`)*)", table)
        for verb in re.findall(r"\w+", verbs)
    }
    assert len(called) > 60
    assert called - set(METHODS) == {"one.vm.disksave"}


def test_own_methods():
    assert sorted(re.findall(r"^\| `(onesim\.\w+)\(", TEXT, re.MULTILINE)) == sorted(
        name for name in METHODS if name.startswith("onesim.")
    )


def test_options(capsys):
    with pytest.raises(SystemExit):
        arguments(["--help"])
    offered = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}
    assert offered == set(re.findall(r"^\| `(--[a-z-]+)", TEXT, re.MULTILINE))


@pytest.mark.parametrize("words", [ACTIONS, set(CONDITIONS) - {"seed"}, SECTIONS])
def test_words_of_rules_and_seeds(words):
    assert set(words) <= set(re.findall(r"^\| `([a-z_]+)", TEXT, re.MULTILINE))
