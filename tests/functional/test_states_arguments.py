"""Arguments of states that have a wrong type: refused in one sentence that names the argument."""

import pytest

pytest_plugins = ["tests.functional.driver"]


@pytest.fixture(scope="module")
def machine(one):
    """A VM that is powered off."""
    one.state("onetemplate.present", name="server", cpu=0.1, memory=64)
    one.state("onevm.present", name="build", template="server", power="poweroff")
    return one


@pytest.mark.parametrize(
    ("state", "arguments", "sentence"),
    [
        ("onevm.powered_off", {"profile": ["lab"]}, "Profile: must be a text, not a list."),
        ("onevm.saved", {"image": ["saved"]}, "The name of an image must be a text, not ['saved']; put it in quotes."),
        (
            "onevm.saved",
            {"image": "saved", "template": {}},
            "The name of a template must be a text, not {}; put it in quotes.",
        ),
        (
            "onegateway.validated",
            {"masters": 7},
            "masters: must be a name or an address, or a list of them, not a number.",
        ),
    ],
)
def test_an_argument_of_a_wrong_type(machine, state, arguments, sentence):
    for test in (True, False):
        result = machine.state(state, test=test, name="build", **arguments)
        assert (result.result, result.changes, result.comment) == (False, {}, sentence)


def test_a_rule_that_is_no_text(one):
    assert one.state("oneacl.present", name=None).comment.endswith("An ACL rule must be a text, not None.")


def test_a_master_whose_name_cannot_be_one(one):
    """Python refuses to look it up at all."""
    result = one.state("onegateway.validated", name="gateway", masters="x" * 300)
    assert result.result is False
    assert "codec" not in result.comment
