"""Pages and docstrings use the terms of Salt's and OpenNebula's documentation."""

import ast
import io
import re
import tokenize
from pathlib import Path

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
    r"(has|have|given) leave": "may, is allowed",
    r"upon": "on",
    r"bears?": "has",
    r"elder|eldest": "older, oldest",
    r"anyhow": "anyway",
    r"mend(s|ed|ing)?": "correct",
    r"gravest?": "severe, most severe",
    r"cut short": "interrupted",
    r"brings? along": "creates, installs",
    r"the seam": "the interface",
    r"whoever": "who, the user who",
    r"it is told that": "(say who says it)",
    r"what people are told": "what people read",
    r"Salt converges as": "Salt connects as",
}
#: The same for messages, docstrings and comments of the code.
INSIDE = {
    r"anyhow": "anyway",
    r"anew": "again",
    r"gravest": "most severe",
    r"upon": "on",
    r"for ever": "forever",
    r"whoever": "the user who",
    r"whatever it is": "(say what)",
    r"eldest|elder": "oldest, older",
    r"twins": "duplicates",
    r"deaf|heard|hears|overhears?|unheard": "busy, skipped, updated",
    r"(is|are|be|been|was|were) told": "gets, is updated, is notified, is reported",
    r"to be told": "to be updated",
    r"tell(s|ing)? of": "reports, contains",
    r"gives? way": "is removed",
    r"makes? place": "is removed",
    r"changes? hands": "is renamed, is published",
    r"cut short": "interrupted, truncated",
    r"in vain": "(leave it out)",
    r"(given|gives|has|takes) leave": "is allowed, needs",
    r"(is|are|be) let in": "is accepted",
    r"nobody else's": "unique",
    r"on its way out": "being removed",
    r"written down": "exported, stored, noted",
    r"in the form that compares": "in comparable form",
    r"what people are told": "what people read",
    r"founded with": "has",
    r"brings? along": "creates, contains",
    r"brought on": "recovered",
    r"put back to": "reverted to, restored",
    r"made anew": "recreated",
    r"run that died": "interrupted run",
    r"made by hand since": "created manually",
    r"a look at (it|them)": "its current state",
    r"shall": "(use the present tense)",
    r"drew": "assigned",
    r"converging account|account that converges|Salt converges as": "account, account that Salt connects as",
    r"wanted, not the (str|int|float|bool|list|dict)": "must be …, not …",
    r"was not made by these states": "was not created by these states",
    r"nothing is built on it": "(say what is not created)",
}
#: The same for comments in pillars, SLS files and templates, which operators copy.
COPIED = {
    r"says?|said": "declares, contains, sets",
    r"stands?": "is, needs",
    r"awaited": "waits for",
    r"(is|are) kept apart|keeps? .{0,20} apart": "is isolated",
    r"renumbers": "changes the VLANs of",
    r"no more": "no longer",
    r"besides?": "in addition to, also",
}
#: Pages of words of their own: onesim has fault rules, the coverage is a table, the changes are history.
WITHOUT = ("onesim.md", "coverage.md", "rights.md", "CHANGELOG.md")
TEXTS = [
    *(page for page in PAGES if page.name not in WITHOUT),
    *sorted(path for path in (REPOSITORY / "salt").glob("_*/*.py") if path.parent.name != "_utils"),
]

#: What operators copy, and what Salt renders.
COPIES = sorted(
    path
    for folder in ("pillar", "salt")
    for path in (REPOSITORY / folder).rglob("*")
    if path.suffix in (".sls", ".yaml", ".jinja", ".example")
)


#: Test functions have names of their own; their modules' documentation is checked.
SOURCES = sorted(
    path
    for folder in ("salt", "onesim", "tools", "tests")
    for path in (REPOSITORY / folder).rglob("*.py")
    if path != Path(__file__)
)


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


@pytest.mark.parametrize("path", COPIES, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_terms_in_comments_of_files_that_operators_copy(path):
    comments = re.findall(r"(?:^|\s)# (.*)$|\{#-?(.*?)-?#\}", path.read_text(encoding="utf-8"), re.MULTILINE)
    text = re.sub(r"`[^`]*`", "", " ".join(" ".join(map("".join, comments)).split()))
    found = {
        match[0]: term
        for word, term in {**TERMS, **INSIDE, **COPIED}.items()
        for match in re.finditer(rf"\b{word}\b", text, re.IGNORECASE)
    }
    assert not found, f"write instead: {found}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_terms_inside(path):
    """Messages, docstrings and comments of the code, and the docstrings of test modules."""
    source = path.read_text(encoding="utf-8")
    if path.name.startswith("test_"):
        source = repr(ast.get_docstring(ast.parse(source)) or "")
    comments = [
        each.string for each in tokenize.generate_tokens(io.StringIO(source).readline) if each.type == tokenize.COMMENT
    ]
    strings = [
        each.value
        for each in ast.walk(ast.parse(source))
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and " " in each.value
    ]
    text = re.sub(r"`[^`]*`", "", " ".join(" ".join([*comments, *strings]).split()))
    found = {
        match[0]: term for word, term in INSIDE.items() for match in re.finditer(rf"\b{word}\b", text, re.IGNORECASE)
    }
    assert not found, f"write instead: {found}"
