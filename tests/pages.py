"""The documentation pages, parsed: headings, links, commands, pillars and SLS files."""

import re
import shlex

import yaml

from tests.conftest import REPOSITORY

#: Generated files of `make site`.
WRITTEN = REPOSITORY / "docs" / "reference"
PAGES = sorted(
    [*REPOSITORY.glob("*.md"), *(path for path in (REPOSITORY / "docs").rglob("*.md") if WRITTEN not in path.parents)]
)
#: Languages of blocks that are not shell sessions, pillars or SLS files.
OTHER_LANGUAGES = ("groovy", "toctree", "include", "python", "dockerfile")
COMMAND = re.compile(r"^(?:\$ )?((?:\S*/)?(?:salt|salt-call|salt-run) .+)$")
SHELL = re.compile(r"^(\$ )?(\S*/)?(salt\S*|systemctl|chmod|cp|cat|mkdir|make|git|cd|python\S*) |^END$")
#: Options of Salt's commands with a value as the next word.
WITH_VALUE = ("-c", "--config-dir", "-l", "--log-level", "-t", "--timeout", "--out", "--output")
#: The mark for omitted content in a page.
LEFT_OUT = re.compile(r"^\s*…|[:{,] *…", re.MULTILINE)
#: Characters that end a command in a shell.
ENDS = (">", ">>", "2>", "|", ";", "&", "&&", "||")


def parts(page):
    """(blocks, prose) of a page: the texts of its code blocks, and its other lines without code."""
    blocks, prose = [], []
    lines = iter(page.read_text(encoding="utf-8").splitlines())
    blank, block = True, []
    for line in lines:
        fence = re.match(r"(`{3,}|:{3,})\s*\{?(\w*)", line)
        if fence:
            inside = []
            for each in lines:
                if each.strip() == fence[1]:
                    break
                inside.append(each)
            if fence[2] not in OTHER_LANGUAGES:
                blocks.append("\n".join(inside))
        elif line.startswith("    ") and (blank or block):
            block.append(line[4:])
        elif not line and block:
            block.append("")
        else:
            if block:
                blocks.append("\n".join(block).rstrip())
            block = []
            prose.append(line)
        blank = not line
    if block:
        blocks.append("\n".join(block).rstrip())
    return blocks, prose


def links(page):
    """The links and images of a page, as written."""
    text = "\n".join(re.sub(r"`[^`]*`", "", line) for line in parts(page)[1])
    # The text of a link may be code, so that only its brackets are left.
    return re.findall(r"\]\(<?([^)\s>]+)>?\)", text) + re.findall(r'(?:src|srcset|href)="([^"]+)"', text)


def anchors(page):
    """The anchors of a page's headings, as forges and the site generate them."""
    found = []
    for line in parts(page)[1]:
        heading = re.match(r"#{1,6} (.+)", line)
        if heading:
            text = re.sub(r"\]\([^)]*\)", "]", heading[1]).lower()
            slug = re.sub(r"[^\w\- ]", "", text).strip().replace(" ", "-")
            repeated = sum(slug == each or re.fullmatch(re.escape(slug) + r"-\d+", each) is not None for each in found)
            found.append(f"{slug}-{repeated}" if repeated else slug)
    return found


def toctree(page):
    """The pages in the tables of contents of a page."""
    found = re.findall(r"^```\{toctree\}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return [line for each in found for line in each.splitlines() if line and not line.startswith(":")]


def commands(page):
    """The words of every Salt command in a page, in blocks and in sentences."""
    blocks, prose = parts(page)
    inline = [code for line in prose for code in re.findall(r"(?<!`)`([^`]+)`(?!`)", line)]
    # A line with a backslash at its end continues on the next one.
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    for line in [*lines, *inline]:
        found = COMMAND.match(line.strip())
        if found:
            yield list(_words(found[1]))


def _words(line):
    for word in shlex.split(line, comments=True):
        if word in ENDS:
            return
        yield word


def called(words):
    """(type of function, name, positional arguments, named ones) of a Salt command; None for an option alone."""
    command, rest = words[0].rpartition("/")[2], iter(words[1:])
    given = []
    for word in rest:
        if word in WITH_VALUE:
            next(rest)
        elif not word.startswith("-"):
            given.append(word)
    if command == "salt":
        given = given[1:]
    if not given:
        return None
    named = [word for word in given[1:] if re.match(r"[a-z_]+=", word)]
    return (
        "runners" if command == "salt-run" else "modules",
        given[0],
        [word for word in given[1:] if word not in named],
        dict(word.split("=", 1) for word in named),
    )


def declarations(page):
    """The YAML dictionaries of a page: parts of pillars, SLS files and configurations."""
    for block in parts(page)[0]:
        for piece in _pieces(block):
            if LEFT_OUT.search(re.sub(r"(^|\s)#.*", "", piece)):
                continue
            try:
                data = yaml.safe_load(piece)
            except yaml.YAMLError:
                if re.search(r"^opennebula:$", piece, re.MULTILINE):
                    raise
                continue
            if isinstance(data, dict):
                yield data


def _pieces(block):
    """The files in a block: one ends at a command, and at a repeated key in the first column."""
    piece, seen = [], set()
    for line in block.splitlines():
        key = re.match(r"(\w[\w .]*):", line)
        if SHELL.match(line) or (key and key[1] in seen):
            yield "\n".join(piece)
            piece, seen = [], set()
        if key:
            seen.add(key[1])
        if not SHELL.match(line):
            piece.append(line)
    yield "\n".join(piece)
