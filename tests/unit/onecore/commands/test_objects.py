"""Templates in execution modules."""

import pytest

from onecore.basics.errors import ArgumentError
from onecore.commands.objects import attributes, text


def test_the_texts_of_a_context_arrive():
    given = {"CPU": 1, "context": {"A": "$NAME", "start_script": "echo ${HOME}", "EMPTY": "", "N": 5}}
    assert attributes(given) == {
        "CPU": 1,
        "context": {"A": "$NAME", "START_SCRIPT_BASE64": "ZWNobyAke0hPTUV9", "EMPTY": "", "N": "5"},
    }


def test_a_text_of_a_context_that_would_not_arrive():
    with pytest.raises(ArgumentError, match=r"^CONTEXT:DB_PASS: OpenNebula takes each .* Declare DB_PASS_BASE64"):
        text({"CONTEXT": {"DB_PASS": "s3c$ret"}})


def test_opennebulas_own_text_is_taken_as_it_is():
    assert text('CONTEXT=[A="s3c$ret"]') == 'CONTEXT=[A="s3c$ret"]'
    assert attributes('CONTEXT=[A="s3c$ret"]') == {"CONTEXT": {"A": "s3c$ret"}}
