"""Arguments of execution functions that have a wrong type, or are missing: refused in one sentence, without a write."""

import inspect

import pytest

from onecore.commands.objects import KINDS as COMMANDS
from onecore.kinds.registry import KINDS

pytest_plugins = ["tests.functional.driver"]

#: What stands for each parameter that must be given, where a text does not do.
GIVEN = {"ar_id": 0, "nic_id": 0, "vms": 1, "changes": {}, "attributes": {}, "size": 1, "disk_id": 0}
#: What a function asks for besides.
BESIDES = {"onevm.resize": {"cpu": 0.1}}


@pytest.fixture(scope="module")
def furnished(one):
    """A cloud with an object called ``known`` of each kind that flags are about."""
    one.state("oneimage.present", name="known", datastore="default", type="DATABLOCK", size=1)
    one.state("onetemplate.present", name="known", cpu=0.1, memory=64)
    one.state(
        "onevnet.present",
        name="known",
        driver="bridge",
        bridge="br0",
        address_ranges={"a": {"ip": "10.0.0.1", "size": 4}},
    )
    for kind in ("onesecgroup", "onevdc", "onecluster"):
        one.state(f"{kind}.present", name="known")
    one.state("onehost.present", name="known", im_mad="dummy", vm_mad="dummy", status="offline")
    one.state("onevntemplate.present", name="known", driver="bridge", bridge="br0")
    one.state("onetemplate.present", name="router", cpu=0.1, memory=64, attributes={"VROUTER": "YES"})
    one.state("onevrouter.present", name="known", template="router", vms=0)
    one.state("onevm.present", name="known", template="known", power="hold")
    return one


def functions(one):
    """Every function of the modules of kinds, with its signature."""
    modules = (*KINDS, "onezone")
    for name in sorted(each for each in one._modules if each.partition(".")[0] in modules):
        yield name, inspect.signature(one._modules[name]).parameters


def commands(one):
    """Those that take one object of their kind and nothing else, each with what it calls the object."""
    for name, parameters in functions(one):
        required = [each for each, one in parameters.items() if one.default is inspect.Parameter.empty]
        if required == [name.partition(".")[0].removeprefix("one")] and name not in BESIDES:
            yield name, required[0]


def given(parameters):
    return {
        name: GIVEN.get(name, "known") for name, each in parameters.items() if each.default is inspect.Parameter.empty
    }


def test_a_flag_is_a_boolean_and_no_text_that_says_no_means_yes(furnished):
    writes, tried = furnished.writes(), 0
    for name, parameters in functions(furnished):
        for flag in (flag for flag, each in parameters.items() if isinstance(each.default, bool)):
            said = furnished.refusal(name, **given(parameters), **BESIDES.get(name, {}), **{flag: "perhaps"})
            assert said == f"{flag[0].upper()}{flag[1:]}: must be true or false, not 'perhaps'.", name
            tried += 1
    assert tried > 30
    assert furnished.writes() == writes


def test_a_flag_as_a_text(furnished):
    """REST clients and templates of SLS files give texts."""
    furnished.run("oneimage.update", "known", {"FIRST": "1"})
    furnished.run("oneimage.update", "known", {"SECOND": "2"}, append="False")
    found = furnished.show("oneimage", "known")["TEMPLATE"]
    assert ("FIRST" in found, found["SECOND"]) == (False, "2")


@pytest.mark.parametrize("number", [-1, 4711, 2**40])
def test_an_id_that_no_object_has(furnished, number):
    tried = 0
    for name, target in commands(furnished):
        said = furnished.refusal(name, **{target: number})
        assert said == f"There is no {COMMANDS[f'one{target}'].title} with ID {number}.", name
        tried += 1
    assert tried > 80


@pytest.mark.parametrize("value", [None, True, 1.5, ["known"], {"name": "known"}])
def test_what_names_no_object(furnished, value):
    for name, target in commands(furnished):
        said = furnished.refusal(name, **{target: value})
        assert "must be a name or an ID, not " in said, name


@pytest.mark.parametrize(
    ("function", "arguments", "sentence"),
    [
        ("onevnet.chown", {"vnet": "known", "user": None}, "User: must be a name or an ID, not nothing."),
        ("onevnet.chgrp", {"vnet": "known", "group": None}, "Group: must be a name or an ID, not nothing."),
        ("onevdc.addhost", {"vdc": "known", "host": None}, "Host: must be a name or an ID, not nothing."),
        (
            "oneimage.create",
            {"name": "new", "template": {"SIZE": 1}, "datastore": None},
            "Datastore: must be a name or an ID, not nothing.",
        ),
        (
            "oneimage.update",
            {"image": "known", "template": None, "append": False},
            "A template must be a dictionary of attributes or OpenNebula's text, not empty.",
        ),
        (
            "oneuser.create",
            {"name": "new", "password": "pw", "driver": ["core"]},
            "Driver: must be a text, not a list.",
        ),
        ("oneimage.chtype", {"image": "known", "type": {}}, "Type: must be a text, not a dictionary."),
        (
            "onevm.nic_detach",
            {"vm": "known", "nic_id": "x"},
            f"Nic_id: must be a whole number from 0 to {2**31 - 1}, not 'x'.",
        ),
        ("onevnet.list", {"profile": ["lab"]}, "Profile: must be a text, not a list."),
    ],
)
def test_an_argument_of_a_wrong_type(furnished, function, arguments, sentence):
    writes = furnished.writes()
    assert furnished.refusal(function, **arguments) == sentence
    assert furnished.writes() == writes
