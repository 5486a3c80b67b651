"""Generate the reference of everything that Salt loads: a page for each execution module, state module, runner and so
on.

    python tools/reference.py FOLDER

The pages are reStructuredText, like the docstrings, for Sphinx; they are not edited. `make site` writes them into
docs/reference, which is not kept in the repository.
"""

import importlib.util
import inspect
import pathlib
import re
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
# The path of onecore, which Salt normally adds.
sys.path.insert(0, str(REPOSITORY / "salt" / "_utils"))

from onecore.kinds.registry import KINDS  # noqa: E402
from onecore.model.ownership import OWNER  # noqa: E402
from onecore.schema.objects import effect  # noqa: E402

#: The folders of plugins in the order of the index: their names in the package, and in the documentation.
SORTS = {
    "_states": ("states", "State modules"),
    "_modules": ("modules", "Execution modules"),
    "_runners": ("runners", "Runners"),
    "_pillar": ("pillar", "External pillars"),
    "_beacons": ("beacons", "Beacons"),
    "_engines": ("engines", "Engines"),
    "_grains": ("grains", "Grains"),
    "_output": ("output", "Outputters"),
}
#: What a page is called in its heading.
SINGULAR = {
    "states": "states",
    "modules": "functions",
    "runners": "runner",
    "pillar": "external pillar",
    "beacons": "beacon",
    "engines": "engine",
    "grains": "grains",
    "output": "outputter",
}
#: Parameters that Salt passes to a function, not the user.
COLLECTED = inspect.Parameter.VAR_KEYWORD


class Page:
    """A page of the reference: one module of Salt, from one file or several.

    folder
        The folder of its plugins.
    name
        Its name in Salt.
    """

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.sort, self.heading = SORTS[folder]
        self.title = ""
        self.introductions = []
        self.functions = {}

    @property
    def path(self):
        return f"{self.sort}/{self.name}"

    def add(self, plugin):
        """Add the content of one file."""
        title, introduction = _introduction(plugin.__doc__)
        self.title = self.title or title
        for paragraph in introduction.split("\n\n"):
            # All files of a module describe their common arguments, and each further one that it is part of the module.
            if paragraph not in self.introductions and "``__virtualname__``" not in paragraph:
                self.introductions.append(paragraph)
        aliases = getattr(plugin, "__func_alias__", {})
        for name, function in inspect.getmembers(plugin, inspect.isfunction):
            if not name.startswith("_") and function.__module__ == plugin.__name__:
                self.functions[aliases.get(name, name)] = function

    def text(self):
        """The page."""
        # States and modules have the same names: a search and the list of pages show what is which.
        name = f"{self.name} ({SINGULAR[self.sort]})"
        heading = f"{name}: {_lowered(self.title)}" if self.title else name
        module = f"saltext.opennebula.{self.sort}.{self.name}"
        parts = [_underlined(heading, "="), f".. py:module:: {module}", *self.introductions]
        if self.folder == "_states" and self.name in KINDS and _managed(KINDS[self.name]):
            parts += [_underlined("What changes in place", "-"), _changes(KINDS[self.name])]
        if self.functions:
            parts.append(_underlined("Functions", "-"))
        for name in sorted(self.functions):
            parts.append(self._function(name, self.functions[name]))
        return "\n\n".join(filter(None, parts)) + "\n"

    def _function(self, name, function):
        signature = inspect.signature(function)
        taken = [each for each in signature.parameters.values() if each.kind is not COLLECTED]
        shown = signature.replace(parameters=taken, return_annotation=inspect.Signature.empty)
        body = inspect.cleandoc(function.__doc__ or "")
        indented = "\n".join(f"   {line}".rstrip() for line in body.splitlines())
        directive = f".. py:function:: {self.name}.{name}{shown}\n   :module: saltext.opennebula.{self.sort}"
        return f"{directive}\n\n{indented}"


def _introduction(docstring):
    """Title and rest of a plugin's docstring."""
    lines = inspect.cleandoc(docstring or "").splitlines()
    if len(lines) > 1 and re.fullmatch("=+", lines[1]):
        return lines[0], "\n".join(lines[2:]).strip()
    return "", "\n".join(lines)


def _lowered(title):
    """A title after a colon; abbreviations such as VM and ACL stay as they are."""
    return title if title[1:2].isupper() else title[0].lower() + title[1:]


def _underlined(text, character):
    return f"{text}\n{character * len(text)}"


def _managed(kind):
    """The arguments that can differ in an existing object."""
    return [field for field in kind.arguments if field is not OWNER]


def _changes(kind):
    """The table of the effects of changed arguments on an existing object."""
    rows = [f"   * - ``{field.name}``\n     - {effect(field)}" for field in _managed(kind)]
    head = (
        "What ``present`` does when an object exists and differs in an argument; the description of ``present`` says "
        "more. A change that disturbs running VMs needs ``disruption: allow``.\n\n"
        ".. list-table::\n   :header-rows: 1\n   :class: arguments\n\n"
        "   * - Argument\n     - On an object that exists\n"
    )
    return head + "\n".join(rows)


def plugins(folder):
    """(name of the Salt module, the module) of each plugin in a folder."""
    for path in sorted((REPOSITORY / "salt" / folder).glob("[!_]*.py")):
        spec = importlib.util.spec_from_file_location(f"{SORTS[folder][0]}_{path.stem}", path)
        plugin = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(plugin)
        yield getattr(plugin, "__virtualname__", path.stem), plugin


def pages():
    """All pages, in the order of the index."""
    found = {}
    for folder in SORTS:
        for name, plugin in plugins(folder):
            found.setdefault((folder, name), Page(folder, name)).add(plugin)
    return list(found.values())


def index(every):
    """The page with links to the others."""
    parts = [
        _underlined("Reference", "="),
        "Made from the code: what each function takes, does and needs, with an example. The keys of the pillar are in "
        ":doc:`../pillar`, the rights of all functions on one page in :doc:`../rights`.",
        "The same is shown by ``salt-call sys.doc onevnet``, ``sys.state_doc`` and ``sys.runner_doc``.",
    ]
    for _, heading in SORTS.values():
        paths = [f"   {page.path}" for page in every if page.heading == heading]
        if paths:
            parts += [_underlined(heading, "-"), "\n".join([".. toctree::", "   :maxdepth: 1", "", *paths])]
    return "\n\n".join(parts) + "\n"


def write(folder):
    """Write all pages into a folder; unchanged pages are not written, and outdated ones are removed."""
    every = pages()
    texts = {"index.rst": index(every), **{f"{page.path}.rst": page.text() for page in every}}
    for old in folder.rglob("*.rst"):
        if old.relative_to(folder).as_posix() not in texts:
            old.unlink()
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # Sphinx reads a page again if its file is newer.
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    write(pathlib.Path(sys.argv[1]))
