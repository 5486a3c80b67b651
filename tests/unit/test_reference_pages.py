"""The reference of what Salt loads: a page for each module, a part for each function, and changes in place."""

import ast
import re
import subprocess
import sys

import pytest

from onecore.kinds.registry import KINDS
from onecore.model.ownership import OWNER
from tests.conftest import REPOSITORY

#: The folders of plugins, and those of their pages.
SORTS = {"_grains": "grains", "_modules": "modules", "_output": "output", "_runners": "runners", "_states": "states"}


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reference")
    script = REPOSITORY / "tools" / "reference.py"
    subprocess.run([sys.executable, script, folder], check=True, cwd=folder)
    return folder


def names(path):
    """What a plugin's file makes public: functions, and what is assigned where it stands."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name) and target.id.islower())


@pytest.mark.parametrize("folder", SORTS)
def test_every_function_has_its_part(reference, folder):
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (reference / SORTS[folder]).glob("*.rst")}
    for path in (REPOSITORY / "salt" / folder).glob("[!_]*.py"):
        virtual = re.search(r'^__virtualname__ = "(\w+)"', path.read_text(encoding="utf-8"), re.MULTILINE)
        module = virtual[1] if virtual else path.stem
        shown = re.findall(r"^\.\. py:function:: (\S+)\(", pages[module], re.MULTILINE)
        for name in names(path):
            if not name.startswith("_"):
                assert f"{module}.{name.rstrip('_')}" in shown


def test_index_leads_to_every_page(reference):
    index = (reference / "index.rst").read_text(encoding="utf-8")
    linked = set(re.findall(r"^   (\w+/\w+)$", index, re.MULTILINE))
    assert linked == {f"{path.parent.name}/{path.stem}" for path in reference.glob("*/*.rst")}


@pytest.mark.parametrize("cli", KINDS)
def test_each_argument_says_what_a_change_of_it_does(reference, cli):
    page = (reference / "states" / f"{cli}.rst").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^   \* - ``(\w+)``\n     - (.+)$", page, re.MULTILINE))
    for field in KINDS[cli].arguments:
        if field is OWNER:
            continue
        if field.writer is None:
            assert "cannot be changed" in rows[field.name]
        elif field.writer == "machine":
            assert rows[field.name] == "as ``on_change`` allows"
        else:
            assert rows[field.name].startswith("changed in place")
            assert not field.disruptive or "affects running VMs" in rows[field.name]


def test_pages_that_no_module_has_any_more_go(reference):
    gone = reference / "states" / "onegone.rst"
    gone.write_text("gone\n")
    subprocess.run([sys.executable, REPOSITORY / "tools" / "reference.py", reference], check=True)
    assert not gone.exists()


def test_introductions_say_everything_once(reference):
    """A module of several files has one page, and its readers do not know the files."""
    for path in reference.glob("*/*.rst"):
        introduction = path.read_text(encoding="utf-8").partition(".. py:function::")[0]
        paragraphs = [each for each in introduction.split("\n\n") if each.strip()]
        assert len(paragraphs) == len(set(paragraphs)), path
        assert "__virtualname__" not in introduction and "beside this one" not in introduction, path
