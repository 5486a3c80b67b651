"""Generate docs/rights.md: the OpenNebula rights that each function needs, from its docstring.

    python tools/rights.py [--check]

With --check nothing is written, and the exit status is 1 if the page is outdated.
"""

import importlib.util
import inspect
import pathlib
import re
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
PAGE = REPOSITORY / "docs" / "rights.md"
# The path of onecore, which Salt normally adds.
sys.path.insert(0, str(REPOSITORY / "salt" / "_utils"))

INTRODUCTION = """# Rights

`oneadmin` may do everything. For any other account that Salt connects as, this page lists what each function needs;
the daemon refuses what is not allowed, and Salt reports its refusal.

A right on an object is one of its permission bits (USE, MANAGE, ADMIN) or an ACL rule. CREATE exists in ACL rules only.
Members of group `oneadmin` have all rights, and alone may set the attributes that `*_RESTRICTED_ATTR` in oned.conf
lists. Operations on VMs can be moved between USE, MANAGE and ADMIN with `VM_USE_OPERATIONS` and the like in oned.conf;
this page tells the defaults.

To converge whole infrastructures, with users, networks of every driver and VMs of other users, connect as `oneadmin` or
as a member of group `oneadmin`.
"""


def paragraph(docstring):
    """The paragraph of a docstring that begins with ``Rights:``, on one line and without that word."""
    found = re.search(r"^Rights: (.+?)(?:\n\n|\Z)", inspect.cleandoc(docstring or ""), re.DOTALL | re.MULTILINE)
    return " ".join(found[1].split()) if found else ""


def plugins(folder):
    """(name of the Salt module, the module) of each plugin in a folder."""
    for path in sorted((REPOSITORY / "salt" / folder).glob("[!_]*.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        plugin = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(plugin)
        yield getattr(plugin, "__virtualname__", path.stem), plugin


def functions():
    """{name of the Salt module: {function: rights}} of the execution modules."""
    found = {}
    for module, plugin in plugins("_modules"):
        for name, function in inspect.getmembers(plugin, inspect.isfunction):
            if not name.startswith("_"):
                rights = paragraph(function.__doc__) or paragraph(plugin.__doc__)
                found.setdefault(module, {})[name.rstrip("_")] = rights
    return found


def states():
    """{name of the Salt module: rights} of the state modules."""
    found = {}
    for module, plugin in plugins("_states"):
        found[module] = f"{found.get(module, '')} {paragraph(plugin.__doc__)}".strip()
    return found


def table(heading, rows):
    """Lines of a table of two columns."""
    yield f"| {heading} | Rights |"
    yield "|---|---|"
    for name, rights in rows.items():
        yield f"| `{name}` | {rights.replace('``', '`')} |"


def page():
    """The whole page."""
    lines = [INTRODUCTION, "## States", "", *table("State", states()), ""]
    for module, rows in sorted(functions().items()):
        lines += [f"## {module}", "", *table("Function", {f"{module}.{name}": rows[name] for name in sorted(rows)}), ""]
    return "\n".join(lines)


def main():
    if "--check" in sys.argv:
        sys.exit(PAGE.read_text(encoding="utf-8") != page())
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
