"""The claims of docs/reliability.md are covered by existing tests."""

import ast
import pathlib
import re

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PAGE = (REPOSITORY / "docs" / "reliability.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[^`:]+\.py)::(test_\w+)`")


def promises():
    """(promise, what keeps it) of each row of the page that is one."""
    tables = PAGE.partition("## How it is tested")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in tables.splitlines() if line[:1] == "|"]
    return [row for row in rows if row[0] != "Promise" and row[0].strip("-")]


def test_each_promise_is_kept_by_tests_that_exist():
    assert len(promises()) > 20
    for promise, keepers in promises():
        named = NAMED.findall(keepers)
        assert named, promise
        for path, test in named:
            tree = ast.parse((REPOSITORY / path).read_text(encoding="utf-8"))
            there = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
            assert test in there, f"{promise}: {path} has no {test}"
