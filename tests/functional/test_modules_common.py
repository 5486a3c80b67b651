"""The commands of every kind: which module offers which, and that they look like written functions."""

import inspect

import pytest
from salt.exceptions import CommandExecutionError

pytest_plugins = ["tests.functional.driver"]

ACCOUNTS = ["list", "show", "create", "update", "delete"]
#: OpenNebula 7.4 gives a router's permissions to routers that have the numbers of its VMs: no chmod.
ROUTERS = [*ACCOUNTS, "rename", "chown", "chgrp", "lock", "unlock"]
OWNED = [*ROUTERS, "chmod"]
COMMANDS = {
    "onegroup": ACCOUNTS,
    "oneuser": [*ACCOUNTS, "chgrp"],
    "onevnet": OWNED,
    "oneimage": [*OWNED, "clone"],
    "onetemplate": [*OWNED, "clone"],
    # A VM is made from a template, and it is terminated.
    "onevm": [each for each in OWNED if each not in ("create", "delete")],
    "onevrouter": ROUTERS,
}
EVERY = {"list", "show", "create", "clone", "update", "rename", "chown", "chgrp", "chmod", "lock", "unlock", "delete"}


@pytest.mark.parametrize("module", COMMANDS)
def test_each_module_offers_the_commands_of_its_kind(loaders, module):
    assert {name for name in EVERY if f"{module}.{name}" in loaders.modules} == set(COMMANDS[module])
    for name in COMMANDS[module]:
        assert loaders.modules[f"{module}.{name}"].__name__.rstrip("_") == name


def test_salt_shows_their_signatures(loaders):
    told = loaders.modules.sys.argspec("onetemplate.chmod")["onetemplate.chmod"]
    assert told["args"] == ["template", "octet", "recursive", "owner", "profile"]
    assert told["defaults"] == (False, None, None)
    assert str(inspect.signature(loaders.modules["oneimage.create"])) == "(name, template, datastore, profile=None)"


def test_arguments_that_do_not_fit_are_refused(one):
    with pytest.raises(TypeError, match="missing a required argument: 'vnet'"):
        one.run("onevnet.show")
    with pytest.raises(TypeError, match="unexpected keyword argument 'ownr'"):
        one.run("onevnet.show", "dmz", ownr="alice")


def test_a_name_that_opennebula_refuses_is_refused_before_anything_is_called(one):
    writes = one.writes()
    for call in (("oneimage.clone", "x", "a:b"), ("onetemplate.clone", "x", "a:b"), ("onevnet.rename", "x", "a:b")):
        with pytest.raises(CommandExecutionError, match="does not allow ':'"):
            one.run(*call)
    assert one.writes() == writes
