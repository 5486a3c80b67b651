"""The documentation of every function: purpose, arguments, rights and examples."""

import inspect
import re
import shlex
import subprocess
import sys

import pytest

from onecore.kinds.registry import KINDS

MODULES = ("onegateway", *KINDS, "onezone", "opennebula")


def functions(loaders, module):
    """{name: function} of a module, as Salt's loader offers it."""
    found = {name: loaders.modules[name] for name in loaders.modules if name.startswith(f"{module}.")}
    assert found, f"{module} was not loaded"
    return found


@pytest.mark.parametrize("module", MODULES)
def test_every_function_is_documented(loaders, module):
    for name, function in functions(loaders, module).items():
        text = inspect.cleandoc(function.__doc__)
        named = {word for line in re.findall(r"^([a-z_, ]+)$", text, re.MULTILINE) for word in line.split(", ")}
        assert named == set(inspect.signature(function).parameters), f"{name}: its docstring tells of {sorted(named)}"
        if module != "opennebula":
            assert re.search(r"^Rights: ", text, re.MULTILINE), f"{name} does not tell the rights it needs"


@pytest.mark.parametrize("module", MODULES)
def test_every_example_can_be_called(loaders, module):
    for name, function in functions(loaders, module).items():
        _, found, example = inspect.cleandoc(function.__doc__).partition("CLI Example:\n\n.. code-block:: bash\n\n")
        assert found, f"{name} has no CLI example"
        for line in example.strip().splitlines():
            command, called, *rest = shlex.split(line)
            assert (command, called) == ("salt-call", name), line
            words = [word for word in rest if not word.startswith("--")]
            named = [word for word in words if re.match(r"[a-z_]+=", word)]
            positional = [word for word in words if word not in named]
            inspect.signature(function).bind(*positional, **dict(word.split("=", 1) for word in named))


def test_salt_shows_the_documentation(loaders):
    documentation = loaders.modules.sys.doc("onevm")
    assert set(documentation) == set(functions(loaders, "onevm"))
    assert "Rights: MANAGE on the VM" in documentation["onevm.nic_attach"]
    assert loaders.modules.sys.argspec("onevm.disk_snapshot_revert")["onevm.disk_snapshot_revert"]["args"] == [
        "vm",
        "disk_id",
        "snapshot_id",
        "owner",
        "profile",
    ]


def test_no_function_takes_a_credential(loaders):
    """Salt keeps the arguments of jobs: only what sets a password takes one."""
    credentials = {"password", "token", "session", "auth", "username"}
    found = {name: function for module in MODULES for name, function in functions(loaders, module).items()}
    takes = {name for name, function in found.items() if credentials & set(inspect.signature(function).parameters)}
    assert takes == {"oneuser.create", "oneuser.passwd", "oneuser.chauth"}
    for name in takes:
        assert "job cache" in found[name].__doc__


def test_rights_page_is_up_to_date(repository):
    check = subprocess.run([sys.executable, repository / "tools" / "rights.py", "--check"], check=False)
    assert check.returncode == 0, "docs/rights.md differs from the docstrings: run python tools/rights.py"
