"""Functions that are generated from a description look like written ones to callers and documentation tools."""

import inspect

import pytest

from onecore.bridge.functions import made, parameter

PARAMETERS = [parameter("vnet"), parameter("append", True), parameter("owner", None)]


def function(extra=False):
    return made({"__name__": "salt.loaded.ext.module.onevnet"}, "update", PARAMETERS, "Write.", dict, extra)


@pytest.mark.parametrize(
    ("positional", "named", "seen"),
    [
        (["dmz"], {}, {"vnet": "dmz", "append": True, "owner": None}),
        (["dmz", False, "alice"], {}, {"vnet": "dmz", "append": False, "owner": "alice"}),
        (["dmz"], {"owner": "alice"}, {"vnet": "dmz", "append": True, "owner": "alice"}),
        ([], {"owner": "alice", "vnet": 7}, {"vnet": 7, "append": True, "owner": "alice"}),
    ],
)
def test_arguments_reach_the_body_by_name_and_in_the_order_of_the_signature(positional, named, seen):
    assert list(function()(*positional, **named).items()) == list(seen.items())


@pytest.mark.parametrize(
    ("positional", "named", "told"),
    [
        ([], {}, "missing a required argument: 'vnet'"),
        (["dmz", True, None, "more"], {}, "too many positional arguments"),
        (["dmz"], {"vnet": "lan"}, "multiple values for argument 'vnet'"),
        (["dmz"], {"ownr": "alice"}, "unexpected keyword argument 'ownr'"),
    ],
)
def test_a_call_that_does_not_fit_is_refused_as_python_does(positional, named, told):
    with pytest.raises(TypeError, match=told):
        function()(*positional, **named)


def test_what_no_parameter_stands_for_is_collected_where_it_may_be_given():
    seen = function(extra=True)("dmz", ownr="alice")
    assert seen == {"vnet": "dmz", "append": True, "owner": None, "kwargs": {"ownr": "alice"}}


def test_it_tells_of_itself_what_a_written_one_would():
    made_one = function()
    assert (made_one.__name__, made_one.__qualname__, made_one.__doc__) == ("update", "update", "Write.")
    assert made_one.__module__ == "salt.loaded.ext.module.onevnet"
    assert str(inspect.signature(made_one)) == "(vnet, append=True, owner=None)"
    # What Salt's loader and minion ask.
    assert inspect.getfullargspec(made_one).args == ["vnet", "append", "owner"]
    assert inspect.getfullargspec(made_one).defaults == (True, None)
