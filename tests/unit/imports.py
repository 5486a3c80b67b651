"""The imports of modules, from syntax trees, including those inside functions and for types only."""

import ast
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise


@dataclass(frozen=True)
class Import:
    """One import: its place, and the imported module; `ours` if that is below the same folder."""

    file: str
    line: int
    importer: str
    imported: str
    ours: bool
    late: bool

    def __str__(self):
        return f"{self.file}:{self.line}: {self.importer} imports {self.imported}"


def modules(root):
    """The files below a package's folder, by the dotted name of the module."""
    found = {}
    for file in sorted(root.rglob("*.py")):
        parts = file.relative_to(root.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imports(root):
    """Every import below a package's folder."""
    known = modules(root)
    for importer, file in known.items():
        tree = ast.parse(file.read_text(encoding="utf-8"))
        at_the_top = {id(node) for node in tree.body}
        package = importer if file.name == "__init__.py" else importer.rpartition(".")[0]
        for node in ast.walk(tree):
            for imported in _names(node, package, known):
                yield Import(
                    str(file.relative_to(root.parent)),
                    node.lineno,
                    importer,
                    imported,
                    imported in known,
                    id(node) not in at_the_top,
                )


def _names(node, package, known):
    """The modules that a node of a syntax tree imports."""
    if isinstance(node, ast.Import):
        yield from (each.name for each in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = package.split(".")[: -node.level + 1 or None] if node.level else []
        base = ".".join([*above, *filter(None, [node.module])])
        for each in node.names:
            inner = f"{base}.{each.name}"
            yield inner if inner in known else base


def circle(every, room=lambda module: module):
    """The imports that lead from a module (or its package) back to it; empty without a circle.

    Of equivalent imports, the first is returned. Modules without a package (None) are transparent.
    """
    ways = {}
    for each in every:
        here, there = room(each.importer), room(each.imported)
        if each.ours and here and there and here != there:
            ways.setdefault(here, {}).setdefault(there, each)
    try:
        TopologicalSorter(ways).prepare()
    except CycleError as error:
        rooms = error.args[1][::-1]  # each imports the next
        return [ways[here][there] for here, there in pairwise(rooms)]
    return []


def imports_of(root, files):
    """Every import of a package that is created for a test.

    root
        The folder of the package.
    files
        The contents of modules, by name, with ``__`` between folder and file.
    """
    for name, text in files.items():
        path = root.joinpath(*name.split("__")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(imports(root))
