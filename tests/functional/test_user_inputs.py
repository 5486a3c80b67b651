"""User inputs of a template must have values before a VM is created from it."""

import pytest

pytest_plugins = ["tests.functional.driver"]

ASKS = {"USER_INPUTS": {"BRANCH": "M|text|Which branch?", "NOTE": "O|text|Anything else?"}}


@pytest.fixture(scope="module", autouse=True)
def template(one):
    context = {"BRANCH": "$BRANCH", "NOTE": "$NOTE"}
    one.converge("onetemplate.present", name="asks", cpu=1, memory=64, context=context, attributes=ASKS)


def test_a_declared_vm(one):
    base = {"name": "v", "template": "asks", "power": "hold"}
    assert "asks for BRANCH" in one.refused("onevm.present", **base)
    one.converge("onevm.present", **base, attributes={"BRANCH": "main"})
    assert one.show("onevm", "v")["TEMPLATE"]["CONTEXT"]["BRANCH"] == "main"


def test_a_vm_made_by_a_command(one):
    assert "asks for BRANCH" in one.refusal("onetemplate.instantiate", "asks", name="w", hold=True)
    number = one.run("onetemplate.instantiate", "asks", name="w", hold=True, extra={"BRANCH": "main"})
    assert one.show("onevm", number)["TEMPLATE"]["CONTEXT"]["BRANCH"] == "main"
