"""Pages and docstrings use the terms of Salt's and OpenNebula's documentation."""

import ast
import re

import pytest

from tests.conftest import REPOSITORY
from tests.pages import PAGES, parts

#: What not to write, and the term in its place.
TERMS = {
    r"faults?": "error",
    r"anew": "again",
    r"in vain": "(leave it out)",
    r"(is|are) told (of|by)": "is reported",
    r"tells? of": "reports",
    r"it holds that": "(say it directly)",
    r"nobody's": "(say who does not)",
    r"has leave": "may",
    r"upon": "on",
}
#: Pages of words of their own: onesim has fault rules, the coverage is a table, the changes are history.
WITHOUT = ("onesim.md", "coverage.md", "rights.md", "CHANGELOG.md")
TEXTS = [
    *(page for page in PAGES if page.name not in WITHOUT),
    *sorted(path for path in (REPOSITORY / "salt").glob("_*/*.py") if path.parent.name != "_utils"),
]


def prose(path):
    """What people read of a file."""
    if path.suffix == ".md":
        return " ".join(re.sub(r"`[^`]*`", "", line) for line in parts(path)[1])
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = [each for each in ast.walk(tree) if isinstance(each, ast.Module | ast.FunctionDef)]
    return re.sub(r"``[^`]*``", "", " ".join(ast.get_docstring(each) or "" for each in nodes))


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_terms(path):
    text = " ".join(prose(path).split())
    found = {
        match[0]: term for word, term in TERMS.items() for match in re.finditer(rf"\b{word}\b", text, re.IGNORECASE)
    }
    assert not found, f"write instead: {found}"
