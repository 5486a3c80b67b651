"""The structure of onesim: no circular imports, no code of onecore, no missing files in the package."""

import ast
import re

import pytest

from tests.conftest import REPOSITORY
from tests.unit.imports import circle, imports, imports_of

ROOT = REPOSITORY / "onesim"
#: What onesim is the judge of, and what stands between; code in common would hide the mistakes of both.
JUDGED = {"onecore", "salt", "saltext", "pyone"}
#: Without these onesim does less: only they are imported inside functions.
OPTIONAL = {"yaml", "zmq"}


@pytest.fixture(scope="module")
def every():
    return list(imports(ROOT))


def told(found):
    return [str(each) for each in found]


def top(name):
    return name.partition(".")[0]


def room_in(package):
    """A function that says which file or folder right below a package a module is in; None for those elsewhere."""

    def room(module):
        inside = module.startswith(f"{package}.")
        return module.removeprefix(f"{package}.").partition(".")[0] if inside else None

    return room


def of_the_judged(every):
    return [each for each in every if top(each.imported) in JUDGED]


def inside_functions(every):
    return [each for each in every if each.late and top(each.imported) not in OPTIONAL]


def test_no_modules_import_each_other_in_a_circle(every):
    assert told(circle(every)) == []


@pytest.mark.parametrize("package", ["onesim", "onesim.kinds.vm"])
def test_no_folders_import_each_other_in_a_circle(every, package):
    assert told(circle(every, room_in(package))) == []


def test_nothing_is_shared_with_what_is_judged(every):
    assert told(of_the_judged(every)) == []


def test_imports_stand_at_the_top(every):
    assert told(inside_functions(every)) == []


def test_every_folder_says_what_it_is_for():
    silent = [file for file in ROOT.rglob("__init__.py") if not ast.get_docstring(ast.parse(file.read_text()))]
    assert silent == []


def test_all_packages_are_packed():
    listed = re.search(r"^packages = \[(.*?)\]", (ROOT / "pyproject.toml").read_text(), re.DOTALL | re.MULTILINE)
    there = {".".join(file.parent.relative_to(REPOSITORY).parts) for file in ROOT.rglob("*.py")}
    assert re.findall(r'"(.+?)"', listed[1]) == sorted(there)


@pytest.fixture
def house(tmp_path):
    """Makes a small package `onesim` of files and returns all of its imports."""
    return lambda **files: imports_of(tmp_path / "onesim", files)


def test_a_circle_is_told_with_file_and_line(house):
    found = house(
        a="from onesim import b\n",
        b="def late():\n    from onesim.kinds.c import x\n",
        kinds__c="from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import onesim.a\n",
        d="from . import a\n",
    )
    assert sorted(told(circle(found))) == [
        "onesim/a.py:1: onesim.a imports onesim.b",
        "onesim/b.py:2: onesim.b imports onesim.kinds.c",
        "onesim/kinds/c.py:4: onesim.kinds.c imports onesim.a",
    ]
    assert told(inside_functions(found)) == [
        "onesim/b.py:2: onesim.b imports onesim.kinds.c",
        "onesim/kinds/c.py:4: onesim.kinds.c imports onesim.a",
    ]


def test_a_circle_of_folders_is_told_where_modules_have_none(house):
    found = house(
        text__low="",
        text__high="from ..kinds import vm\n",
        kinds__vm="from ..text import low\nfrom .user import USER\n",
        kinds__user="USER = 1\n",
    )
    assert circle(found) == []
    assert sorted(told(circle(found, room_in("onesim")))) == [
        "onesim/kinds/vm.py:1: onesim.kinds.vm imports onesim.text.low",
        "onesim/text/high.py:1: onesim.text.high imports onesim.kinds.vm",
    ]


def test_an_import_of_what_is_judged_is_told(house):
    found = house(
        a="import zmq\n", kinds__b="import json\n\nfrom onecore.basics import errors\nimport pyone.bindings\n"
    )
    assert told(of_the_judged(found)) == [
        "onesim/kinds/b.py:3: onesim.kinds.b imports onecore.basics",
        "onesim/kinds/b.py:4: onesim.kinds.b imports pyone.bindings",
    ]
