"""State functions accept exactly the arguments of their kind, and document each of them."""

import inspect
import re
import textwrap

import pytest
import salt.loader
from salt.state import STATE_INTERNAL_KEYWORDS

from onecore.kinds.registry import KINDS

STATES = (*KINDS, "opennebula")
#: What OpenNebula's API can rename (one.<kind>.rename).
RENAMED = {
    "onecluster",
    "onedatastore",
    "onehost",
    "oneimage",
    "onesecgroup",
    "onetemplate",
    "onevdc",
    "onevm",
    "onevmgroup",
    "onevnet",
    "onevntemplate",
    "onevrouter",
}


@pytest.fixture(scope="module")
def states(session_loaders):
    """Every state function as Salt loads it: {name: function}."""
    loaders = session_loaders
    return salt.loader.states(loaders.opts, loaders.modules, loaders.utils, loaders.serializers)


def functions(states, module):
    """{name: function} of a state module, from all of its files."""
    return {name: states[name] for name in states if name.startswith(f"{module}.")}


def arguments(function):
    """Names of the arguments of a state function, without the one that catches unknown ones."""
    return [name for name, each in inspect.signature(function).parameters.items() if each.kind != each.VAR_KEYWORD]


@pytest.mark.parametrize("cli", KINDS)
def test_each_kind_has_its_states(states, cli):
    expected = {f"{cli}.present", f"{cli}.absent"} | ({f"{cli}.renamed"} if cli in RENAMED else set())
    assert set(functions(states, cli)) >= expected


@pytest.mark.parametrize("cli", KINDS)
def test_present_takes_exactly_the_fields_of_its_kind(states, cli):
    kind = KINDS[cli]
    # What belongs to the engine or to the object's key is not declared.
    apart = {"managed", "owner"} if kind.per_owner else {"managed"}
    fields = [field.name for field in kind.fields if field.name not in apart]
    common = {"name", "profile"} | ({"owner"} if kind.per_owner else set()) | ({"timeout"} if kind.settled else set())
    common |= ({"adopt"} if kind.marked else set()) | ({"disruption"} if kind.may_disturb else set())
    found = arguments(states[f"{cli}.present"])
    assert set(found) == common | set(fields)
    assert found[0] == "name"


@pytest.mark.parametrize("cli", KINDS)
def test_absent_and_renamed_take_the_key_of_an_object(states, cli):
    owner = ["owner"] if KINDS[cli].per_owner else []
    how = ["hard"] if cli == "onevm" else []
    assert arguments(states[f"{cli}.absent"]) == ["name", *owner, *how, "unmanaged", "profile"]
    if cli in RENAMED:
        assert arguments(states[f"{cli}.renamed"]) == ["name", "source", *owner, "profile"]


@pytest.mark.parametrize("module", STATES)
def test_salt_hands_over_every_argument(states, module):
    """None has a name that Salt keeps for itself, and unknown ones do not abort the run."""
    for name, function in functions(states, module).items():
        assert not set(arguments(function)) & STATE_INTERNAL_KEYWORDS, name
        assert "kwargs" in inspect.signature(function).parameters, name


@pytest.mark.parametrize("module", KINDS)
def test_every_argument_is_documented(states, module):
    for name, function in functions(states, module).items():
        text = inspect.cleandoc(function.__doc__)
        named = {word for line in re.findall(r"^([a-z_0-9, ]+)$", text, re.MULTILINE) for word in line.split(", ")}
        assert named == set(arguments(function)), name


def test_every_example_is_an_sls_that_salt_renders(states, loaders, pillar):
    pillar({"passwords": {"alice": "a: #secret"}})
    for module in STATES:
        for name, function in functions(states, module).items():
            _, found, example = inspect.cleandoc(function.__doc__).partition(".. code-block:: yaml\n\n")
            assert found, f"{name} has no SLS example"
            sls = loaders.modules.slsutil.renderer(string=textwrap.dedent(example), default_renderer="jinja|yaml")
            for declaration in sls.values():
                assert list(declaration) == [name]
                given = {key for each in declaration[name] for key in each}
                assert given - STATE_INTERNAL_KEYWORDS <= set(arguments(function)), name


def test_salt_shows_the_documentation(loaders):
    assert "Ensure that a virtual network exists" in loaders.modules.sys.state_doc("onevnet")["onevnet.present"]


def test_salt_shows_the_signature(loaders):
    spec = loaders.modules.sys.state_argspec("onevnet.renamed")["onevnet.renamed"]
    assert (spec["args"], spec["varargs"], spec["kwargs"]) == (["name", "source", "owner", "profile"], None, True)
    assert spec["defaults"] == (None, None)
