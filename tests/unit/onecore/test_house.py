"""Every import, including late and type-only ones, leads to a lower floor."""

import ast
import re
import sys

import pytest

from tests.conftest import REPOSITORY
from tests.unit.imports import circle, imports, imports_of

CORE = REPOSITORY / "salt" / "_utils" / "onecore"
#: The packages, floor by floor from the ground.
FLOORS = (
    ("basics",),
    ("wire",),
    ("cloud",),
    ("model", "enrolment"),
    ("engine", "pillar"),
    ("kinds", "gateway"),
    ("verbs", "publishing", "commands", "takeover", "schema", "pictures"),
    ("orchestration",),
    ("bridge",),
)
FLOOR = {package: number for number, packages in enumerate(FLOORS, 1) for package in packages}
#: Which kind may use which other.
NEIGHBOURS = {("vm", "vnet"), ("vrouter", "vm")}
#: Who may import what is not ours.
FOREIGN = {"salt": "bridge", "lxml": "basics", "pyone": "wire", "requests": "wire", "urllib3": "wire", "zmq": "wire"}
#: What may be missing, or takes long to import where it is rarely needed: only these are imported inside of functions.
OPTIONAL = {"salt", "lxml", "pyone", "zmq", "junitparser"}
#: Where kinds are made known; it alone may use them all.
REGISTRY = "onecore.kinds.registry"


def room(module):
    """The package of onecore that a module is in; of any other module, the package that it comes with."""
    return module.removeprefix("onecore.").partition(".")[0]


def against_the_floors(every):
    """Imports that do not lead downwards."""
    for each in every:
        here, there = FLOOR.get(room(each.importer)), FLOOR.get(room(each.imported))
        if each.ours and here and there and room(each.importer) != room(each.imported) and there >= here:
            yield f"{each}: from floor {here} to floor {there}"


def between_kinds(every):
    """Imports of one kind by another that has no business with it."""
    for each in every:
        if each.ours and room(each.importer) == room(each.imported) == "kinds" and each.importer != REGISTRY:
            pair = tuple([*name.split("."), ""][2] for name in (each.importer, each.imported))
            if pair[0] != pair[1] and pair not in NEIGHBOURS:
                yield str(each)


def misplaced(every):
    """Imports of other people's packages where they do not belong."""
    for each in every:
        owner = FOREIGN.get(room(each.imported))
        if not each.ours and owner and room(each.importer) != owner:
            yield f"{each}, which only {owner} may"
        if room(each.importer) == "gateway" and not (each.ours or room(each.imported) in sys.stdlib_module_names):
            yield f"{each}: the gateway gets by with the standard library"


def inside_functions(every):
    """Imports that are not at the top of their file, and could be."""
    return [str(each) for each in every if each.late and (each.ours or room(each.imported) not in OPTIONAL)]


def kinds_named(root):
    """Where engine or model name a kind as OpenNebula's CLI does; that they import none, their floors say."""
    commands = {path.stem for path in (root.parents[1] / "_modules").glob("one*.py")}
    for package in ("engine", "model"):
        for file in sorted((root / package).glob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and node.value in commands:
                    yield f"{file.relative_to(root)}:{node.lineno}: names {node.value}"


@pytest.fixture(scope="module")
def every():
    return list(imports(CORE))


def floors_told():
    """{package: floor} as the page on the architecture tells it."""
    page = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
    return {package: int(floor) for floor, package in re.findall(r"^\| (\d) \| `(\w+)` \|", page, re.MULTILINE)}


def test_every_package_has_its_floor_and_says_what_it_is_for():
    packages = {path.parent.name for path in CORE.glob("*/__init__.py")}
    assert packages == FLOOR.keys()
    assert floors_told() == FLOOR
    documented = {path: ast.get_docstring(ast.parse(path.read_text())) for path in CORE.rglob("__init__.py")}
    assert [str(path) for path, said in documented.items() if not said] == []


def test_imports_lead_downwards(every):
    assert list(against_the_floors(every)) == []


def test_nothing_imports_in_a_circle(every):
    assert circle(every) == []


def test_kinds_are_strangers_to_each_other(every):
    assert list(between_kinds(every)) == []


def test_what_is_not_ours_is_imported_in_one_place(every):
    assert list(misplaced(every)) == []


def test_imports_stand_at_the_top(every):
    assert inside_functions(every) == []


def test_engine_and_model_know_no_kind():
    assert list(kinds_named(CORE)) == []


@pytest.fixture
def house(tmp_path):
    """Makes a small house of files and returns all of its imports."""
    return lambda **files: imports_of(tmp_path / "onecore", files)


def test_a_broken_floor_is_told_with_file_and_line(house):
    found = house(cloud__view="import os\n\nfrom ..kinds.user import USER\n", kinds__user="USER = 1\n")
    assert list(against_the_floors(found)) == [
        "onecore/cloud/view.py:3: onecore.cloud.view imports onecore.kinds.user: from floor 3 to floor 6",
    ]


def test_a_neighbour_on_the_same_floor_is_told(house):
    found = house(verbs__rebuild="from ..publishing import versions\n", publishing__versions="")
    said = "onecore/verbs/rebuild.py:1: onecore.verbs.rebuild imports onecore.publishing.versions"
    assert list(against_the_floors(found)) == [f"{said}: from floor 7 to floor 7"]


def test_type_only_and_late_imports_count(house):
    late = "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from ..bridge.states import X\n"
    found = house(model__fields=late, bridge__states="X = 1\n")
    said = "onecore/model/fields.py:4: onecore.model.fields imports onecore.bridge.states"
    assert list(against_the_floors(found)) == [f"{said}: from floor 4 to floor 9"]
    assert inside_functions(found) == [said]


def test_a_circle_is_told(house):
    found = house(cloud__a="from . import b\n", cloud__b="from .a import x\n")
    assert sorted(each.importer for each in circle(found)) == ["onecore.cloud.a", "onecore.cloud.b"]


def test_strange_kinds_and_strange_packages_are_told(house):
    found = house(kinds__image="from .user import USER\nimport pyone\n", kinds__user="USER = 1\n")
    assert list(between_kinds(found)) == ["onecore/kinds/image.py:1: onecore.kinds.image imports onecore.kinds.user"]
    said = "onecore/kinds/image.py:2: onecore.kinds.image imports pyone"
    assert list(misplaced(found)) == [f"{said}, which only wire may"]
