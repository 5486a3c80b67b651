"""Report the coverage of OpenNebula and its other tools, and try every argument of every kind on a cloud.

    python tools/coverage.py [--check]
    python tools/coverage.py --endpoint http://localhost:2633/RPC2 [--session user:password] [KIND[:ARGUMENT] …]

Without an endpoint it writes docs/coverage.md from the data in tests/coverage; with --check nothing is written, and the
exit status is 1 if the page is outdated. With an endpoint, each argument is declared at creation, changed, removed, and
its object deleted, each step twice: the second run must not write, and a dry run must show the changes of the real run.
The names of all objects begin with `cov-`, and they are removed in the end; the account must be an administrator, by
default oneadmin with the password in the environment variable ONE_PASSWORD.
"""

import argparse
import ast
import itertools
import os
import pathlib
import re
import sys

import yaml

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY / "salt" / "_utils"))

from onecore.basics.errors import OneError  # noqa: E402
from onecore.basics.plan import Desired  # noqa: E402
from onecore.cloud.view import Cloud  # noqa: E402
from onecore.engine.converge import converge  # noqa: E402
from onecore.engine.removal import remove  # noqa: E402
from onecore.kinds.registry import KINDS  # noqa: E402
from onecore.wire.client import Client  # noqa: E402

DATA, PAGE = REPOSITORY / "tests" / "coverage", REPOSITORY / "docs" / "coverage.md"
#: The content of a cell: an argument of a state (`onevnet:dns`), or a function or a state (`onevnet.hold`).
NAMED = re.compile(r"`(one[a-z]+)([.:])(\w+)`")


def data(name):
    """The content of a file of tests/coverage."""
    return yaml.safe_load((DATA / f"{name}.yaml").read_text(encoding="utf-8"))


# -- what expresses what ----------------------------------------------------------------------------------------------


def functions():
    """The names of all functions of execution modules and states: {"onevnet.hold", …}."""
    found = set()
    for path in (*REPOSITORY.glob("salt/_modules/*.py"), *REPOSITORY.glob("salt/_states/*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assigned = {
            target.id: node.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        called = getattr(assigned.get("__virtualname__"), "value", path.stem)
        names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)} | assigned.keys()
        found |= {f"{called}.{name.rstrip('_')}" for name in names if not name.startswith("_")}
    return found


def missing(text, known):
    """The names in a cell that do not exist."""
    for kind, sign, name in NAMED.findall(text):
        if sign == ":":
            there = kind in KINDS and any(each.name == name for each in KINDS[kind].arguments)
        else:
            there = f"{kind}.{name}" in known
        if not there:
            yield f"{kind}{sign}{name}"


def cell(text, known):
    """A cell of the page, which distinguishes what does not exist."""
    lacking = sorted(set(missing(text, known)))
    said = f"not expressed: {text.removeprefix('no: ')}" if text.startswith("no: ") else text
    return f"{said} (not yet: {', '.join(lacking)})" if lacking else said


def grouped(rows):
    """Rows with the same cell joined: parts of an argument with the same coverage are one row."""
    found = {}
    for name, text in rows.items():
        head = name.partition(".")[0]
        found.setdefault((head, text), []).append(name)
    for (head, text), names in found.items():
        rest = [name.removeprefix(f"{head}.") for name in names if name != head]
        yield (f"`{head}`" if not rest else f"`{head}`: {', '.join(f'`{name}`' for name in rest)}"), text


def table(heading, rows, known):
    """Lines of a table of two columns."""
    yield f"| {heading} | By what |"
    yield "|---|---|"
    for name, text in grouped(rows):
        yield f"| {name} | {cell(text, known)} |"


def count(rows):
    """The numbers of covered and of uncovered rows."""
    without = sum(text.startswith("no: ") for text in rows.values())
    return f"{len(rows) - without} of {len(rows)} are expressed."


SECTIONS = {
    "terraform": ("The resources of the terraform provider", "Argument"),
    "ansible": ("Ansible's modules", "Argument"),
    "driver": ("The functions of Salt's cloud driver", "Function"),
    "cli": ("The verbs of the CLI", "Verb"),
}


def page():
    """The whole page."""
    known = functions()
    lines = [(DATA / "introduction.md").read_text(encoding="utf-8").rstrip(), ""]
    lines += ["## Every argument, tried", "", *tried(), ""]
    for name, (title, heading) in SECTIONS.items():
        content = data(name)
        sections = content if isinstance(next(iter(content.values())), dict) else {"": content}
        every = {f"{part} {key}": text for part, rows in sections.items() for key, text in rows.items()}
        lines += [f"## {title}", "", count(every), ""]
        for part, rows in sections.items():
            lines += [f"### {part}", ""] if part else []
            lines += [*table(heading, rows, known), ""]
    return "\n".join(lines).rstrip() + "\n"


def tried():
    """The lines of a table of the tried arguments of each kind."""
    yield "| Kind | Created, changed and taken away | Created and changed | Refused to change | Not tried |"
    yield "|---|---|---|---|---|"
    content = data("attributes")
    for cli, kind in KINDS.items():
        arguments = content.get(cli, {}).get("arguments", {})
        columns = {"all": [], "changed": [], "fixed": [], "": []}
        for each in kind.arguments:
            columns[how(arguments.get(each.name))].append(f"`{each.name}`")
        yield f"| `{cli}` | {' | '.join(', '.join(names) or 'none' for names in columns.values())} |"


def how(entry):
    """The steps that are tried for an argument."""
    if entry is None or "told" in entry:
        return ""
    return "fixed" if entry.get("fixed") else "all" if "nothing" in entry else "changed"


# -- tried on a cloud -------------------------------------------------------------------------------------------------


class Trial:
    """One argument of a kind on a cloud, or an object that is declared only by name.

    connect
        Creates a new view of the cloud.
    """

    def __init__(self, connect, cli, argument, entry, base):
        self.connect, self.cli, self.argument, self.entry = connect, cli, argument, entry
        self.base = {**entry.get("base", base), **entry.get("besides", {})}
        self.owned = argument == "owner" and KINDS[cli].per_owner
        self.faults = []
        self.name = entry.get("name", f"cov-{argument}")

    def run(self):
        """Run all steps; returns the errors, in sentences."""
        first, *others = self.entry["values"]
        owner = first if self.owned else None
        try:
            self._step("created", self._said(first), owner)
            for before, value in itertools.pairwise([first, *others]):
                if value != before:
                    self._step("changed", self._said(value), owner, refused=bool(self.entry.get("fixed")))
            if "nothing" in self.entry:
                self._step("taken away", self._said(self.entry["nothing"]), owner)
        finally:
            self._unlock(owner)
            self._remove(owner)
        return self.faults

    def _said(self, value):
        return {} if self.owned or "name" in self.entry else {self.argument: value}

    def _step(self, what, values, owner, refused=False):
        values = {**self.base, **values}
        desired = Desired(self.cli, self.name, owner, values, f"sls/{owner or 'oneadmin'}", disruption=True)
        planned, _ = self._converge(desired, test=True)
        report, _ = self._converge(desired)
        if refused:
            if not report.error:
                self.faults.append(f"{what}: it was not refused")
            return
        if report.error:
            self.faults.append(f"{what}: {report.error}")
        elif not report.pending:
            self.faults.append(f"{what}: nothing was done")
        elif planned.changes(True) != report.changes(False):
            self.faults.append(f"{what}: the dry run showed {planned.changes(True)}, not {report.changes(False)}")
        again, writes = self._converge(desired)
        if not report.error and (again.pending or again.error or writes):
            self.faults.append(f"{what}, again: {again.comment(False)} ({writes} writes)")

    def _converge(self, desired, test=False):
        cloud = self.connect()
        (report,) = converge(cloud, KINDS, [desired], test)
        return report, cloud.client.writes

    def _unlock(self, owner):
        if self.argument == "locked":
            desired = Desired(self.cli, self.name, owner, {"locked": "NONE"}, "sls/oneadmin")
            self._converge(desired)

    def _remove(self, owner):
        for what in ("removed", "removed, again"):
            cloud = self.connect()
            report = remove(cloud, KINDS[self.cli], self.name, owner, unmanaged=True)
            if report.error or (what != "removed" and cloud.client.writes):
                self.faults.append(f"{what}: {report.comment(False)}")


def trials(connect, chosen=()):
    """All trials of the data, or the selected ones: {"onevnet:dns": Trial}."""
    for cli, content in data("attributes").items():
        if cli not in KINDS:
            continue
        named = {name: {"name": name, "values": [None]} for name in content.get("names", ())}
        for argument, entry in {**content["arguments"], **named}.items():
            name = f"{cli}:{argument}"
            if "told" not in entry and (not chosen or {cli, name} & set(chosen)):
                yield name, Trial(connect, cli, argument, entry, content["base"])


def needs():
    """The objects that trials need."""
    for each in data("attributes")["needs"]:
        yield Desired(each["kind"], each["name"], None, each.get("values", {}), "sls/oneadmin")


def prepare(connect):
    """Create the objects that trials need."""
    for report in converge(connect(), KINDS, list(needs())):
        if report.error:
            sys.exit(report.comment(False))


def clear(connect):
    """Remove the objects that trials need."""
    for desired in reversed(list(needs())):
        kind = KINDS[desired.kind]
        remove(connect(), kind, desired.name, None, unmanaged=True)


def measure(endpoint, session, chosen):
    """Run all trials on a cloud; returns the exit status."""

    def connect():
        return Cloud(Client(endpoint, session))

    prepare(connect)
    wrong = total = 0
    release = connect().version
    try:
        for name, trial in trials(connect, chosen):
            since = tuple(trial.entry.get("since", ()))
            if release < since:
                print(f"{name:40} not tried: from OpenNebula {'.'.join(map(str, since))} on", flush=True)
                continue
            try:
                faults = trial.run()
            except OneError as error:
                faults = [str(error)]
            total, wrong = total + 1, wrong + bool(faults)
            print(f"{name:40} {'right' if not faults else 'WRONG: ' + '; '.join(faults)}", flush=True)
    finally:
        clear(connect)
    print(f"{total - wrong} of {total} right")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--endpoint")
    parser.add_argument("--session", default=f"oneadmin:{os.environ.get('ONE_PASSWORD', 'opennebula')}")
    parser.add_argument("chosen", nargs="*")
    given = parser.parse_args()
    if given.endpoint:
        sys.exit(measure(given.endpoint, given.session, given.chosen))
    if given.check:
        sys.exit(PAGE.read_text(encoding="utf-8") != page())
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
