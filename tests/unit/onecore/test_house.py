"""The house holds: every import, late and type-only ones too, leads to a lower floor."""

import ast
import pathlib
import sys
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

import pytest

CORE = pathlib.Path(__file__).resolve().parents[3] / "salt" / "_utils" / "onecore"
#: The packages, floor by floor from the ground.
FLOORS = (
    ("basics",),
    ("wire",),
    ("cloud",),
    ("model", "enrolment"),
    ("engine", "pillar"),
    ("kinds", "gateway"),
    ("verbs", "publishing", "commands", "takeover", "schema"),
    ("orchestration",),
    ("bridge",),
)
FLOOR = {package: number for number, packages in enumerate(FLOORS, 1) for package in packages}
#: Which kind may use which other.
NEIGHBOURS = {("vm", "vnet"), ("vrouter", "vm")}
#: Who may import what is not ours; lxml is everybody's.
FOREIGN = {"salt": "bridge", "pyone": "wire", "requests": "wire", "urllib3": "wire", "zmq": "wire"}
#: What may be missing, or takes long to import where it is rarely needed: only these are imported inside of functions.
OPTIONAL = {"salt", "pyone", "zmq", "junitparser"}
#: Where kinds are made known; it alone may use them all.
REGISTRY = "kinds.registry"


@dataclass(frozen=True)
class Import:
    """One import: where it stands, and what it brings."""

    file: str
    line: int
    importer: str
    imported: str
    ours: bool
    late: bool

    def __str__(self):
        return f"{self.file}:{self.line}: {self.importer} imports {self.imported}"


def modules(root):
    """Every module below a folder, by its dotted name within it."""
    found = {}
    for file in sorted(root.rglob("*.py")):
        parts = file.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imports(root):
    """Every import below a folder, from its syntax trees."""
    known = modules(root)
    for name, file in known.items():
        tree = ast.parse(file.read_text(encoding="utf-8"))
        at_the_top = {id(node) for node in tree.body}
        where = str(file.relative_to(root))
        for node in ast.walk(tree):
            late = id(node) not in at_the_top
            if isinstance(node, ast.Import):
                for each in node.names:
                    yield Import(where, node.lineno, name, each.name, False, late)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                yield Import(where, node.lineno, name, node.module, False, late)
            elif isinstance(node, ast.ImportFrom):
                package = name.split(".") if file.name == "__init__.py" else name.split(".")[:-1]
                base = [*package[: len(package) - node.level + 1], *(node.module or "").split(".")]
                for each in node.names:
                    inner = ".".join(part for part in (*base, each.name) if part)
                    outer = ".".join(part for part in base if part)
                    yield Import(where, node.lineno, name, inner if inner in known else outer, True, late)


def room(module):
    """The package that a module is in."""
    return module.partition(".")[0]


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
            pair = tuple([*name.split("."), ""][1] for name in (each.importer, each.imported))
            if pair[0] != pair[1] and pair not in NEIGHBOURS:
                yield str(each)


def misplaced(every):
    """Imports of other people's packages where they do not belong."""
    for each in every:
        owner = FOREIGN.get(room(each.imported))
        if not each.ours and owner and room(each.importer) != owner:
            yield f"{each}, which only {owner} may"
        if each.importer.startswith("gateway.") and not (each.ours or room(each.imported) in sys.stdlib_module_names):
            yield f"{each}: the gateway gets by with the standard library"


def inside_functions(every):
    """Imports that are not at the top of their file, and could be."""
    return [str(each) for each in every if each.late and (each.ours or room(each.imported) not in OPTIONAL)]


def circle(every):
    """A circle of modules, or an empty list."""
    graph = {}
    for each in every:
        if each.ours and each.importer != each.imported:
            graph.setdefault(each.importer, set()).add(each.imported)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def kinds_named(root):
    """Where engine or model name a kind: as OpenNebula's CLI does, or by importing it."""
    commands = {path.stem for path in (root.parents[1] / "_modules").glob("one*.py")}
    for package in ("engine", "model"):
        for file in sorted((root / package).glob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and node.value in commands:
                    yield f"{file.relative_to(root)}:{node.lineno}: names {node.value}"


@pytest.fixture(scope="module")
def every():
    return list(imports(CORE))


def test_every_package_has_its_floor_and_says_what_it_is_for():
    packages = [path.parent for path in CORE.glob("*/__init__.py")]
    assert [path.name for path in packages if path.name not in FLOOR] == []
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

    def build(**files):
        for name, text in files.items():
            path = tmp_path.joinpath(*name.split("__")).with_suffix(".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return list(imports(tmp_path))

    return build


def test_a_broken_floor_is_told_with_file_and_line(house):
    found = house(cloud__view="import os\n\nfrom ..kinds.user import USER\n", kinds__user="USER = 1\n")
    assert list(against_the_floors(found)) == [
        "cloud/view.py:3: cloud.view imports kinds.user: from floor 3 to floor 6",
    ]


def test_a_neighbour_on_the_same_floor_is_told(house):
    found = house(verbs__rebuild="from ..publishing import versions\n", publishing__versions="")
    assert list(against_the_floors(found)) == [
        "verbs/rebuild.py:1: verbs.rebuild imports publishing.versions: from floor 7 to floor 7",
    ]


def test_type_only_and_late_imports_count(house):
    late = "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from ..bridge.states import X\n"
    found = house(model__fields=late, bridge__states="X = 1\n")
    said = "model/fields.py:4: model.fields imports bridge.states"
    assert list(against_the_floors(found)) == [f"{said}: from floor 4 to floor 9"]
    assert inside_functions(found) == [said]


def test_a_circle_is_told(house):
    found = house(cloud__a="from . import b\n", cloud__b="from .a import x\n")
    assert sorted(set(circle(found))) == ["cloud.a", "cloud.b"]


def test_strange_kinds_and_strange_packages_are_told(house):
    found = house(kinds__image="from .user import USER\nimport pyone\n", kinds__user="USER = 1\n")
    assert list(between_kinds(found)) == ["kinds/image.py:1: kinds.image imports kinds.user"]
    assert list(misplaced(found)) == ["kinds/image.py:2: kinds.image imports pyone, which only wire may"]
