"""Sheets as a self-contained HTML page: no server, no network, no other file.

The data are embedded as JSON, which the page's script shows as text. The content security policy allows only this
script, by its digest, and the page's style: any other script would not run.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from .page_script import SCRIPT
from .page_style import STYLE
from .sheets import STATE, Sheet, tone

#: Characters that end a script or begin a comment in HTML, as JSON escapes.
_UNSAFE = str.maketrans({each: f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"})
_KEYS = (
    ("/", "search"),
    ("↑ ↓ PgUp PgDn Home End", "go through the rows"),
    ("Enter", "everything about a row"),
    ("1 … 9", "go to a sheet"),
    ("Esc", "close, or search for nothing"),
    ("t", "light or dark"),
    ("?", "this list"),
)
_SEARCHES = (
    ("alice dmz1", "rows that have both"),
    ('"no gateway"', "these words together"),
    ("-running", "rows without it"),
    ("owner:ali", "only in the column Owner"),
    ("vlan=108", "the whole of the cell"),
)


def page(sheets: Sequence[Sheet], title: str, made: float, notices: Iterable[str] = ()) -> str:
    """The page.

    title
        The name of the cloud.
    made
        When the data were read, in seconds since 1970.
    notices
        Notices at the top of the page, a sentence each.
    """
    name = escape(title)
    lines = "\n".join(f'<p class="notice" role="note">{escape(each)}</p>' for each in notices)
    whole = _PAGE.format(
        policy=f"default-src 'none'; script-src '{_digest(SCRIPT)}'; style-src '{_digest(STYLE)}'; base-uri 'none'; "
        "form-action 'none'",
        title=name,
        notices=lines,
        keys=_list(_KEYS, "kbd"),
        searches=_list(_SEARCHES, "code"),
        style=STYLE,
        book=data(sheets, made),
        script=SCRIPT,
    )
    # A lone surrogate cannot be encoded.
    return whole.encode("utf-8", "replace").decode()


def data(sheets: Sequence[Sheet], made: float) -> str:
    """Sheets as JSON that can be embedded in HTML."""
    states = {
        row[at]
        for sheet in sheets
        for at, column in enumerate(sheet.columns)
        if column.form == STATE
        for row in sheet.rows
        if row[at] is not None
    }
    tones = {state: tone(state) for state in sorted(states)}
    book = {
        "made": int(made),
        "tones": {state: each for state, each in tones.items() if each},
        "sheets": [_sheet(each) for each in sheets],
    }
    return json.dumps(book, ensure_ascii=False, separators=(",", ":")).translate(_UNSAFE)


def _sheet(sheet: Sheet) -> dict[str, Any]:
    columns = [{"title": each.title, "form": each.form, "minor": each.minor} for each in sheet.columns]
    return {"title": sheet.title, "columns": columns, "rows": sheet.rows, "empty": sheet.empty}


def _digest(text: str) -> str:
    """The digest with which a content security policy allows a script or a style."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _list(pairs: Iterable[tuple[str, str]], element: str) -> str:
    return "".join(f"<dt><{element}>{escape(key)}</{element}></dt><dd>{escape(said)}</dd>" for key, said in pairs)


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header>
<div class="heading"><h1>{title}</h1><p class="about" id="about"><time id="age"></time></p></div>
<div class="search" role="search"><input id="search" type="search" aria-label="Search all sheets"
placeholder="Search everything" autocomplete="off" spellcheck="false"><kbd id="slash">/</kbd></div>
<button class="tool" id="theme" type="button" title="Light or dark (t)" aria-label="Light or dark">◐</button>
<button class="tool" id="keys" type="button" title="Keys (?)" aria-label="Keys">?</button>
</header>
{notices}
<noscript>This page shows its tables by a script of its own, which this browser does not run.</noscript>
<div id="tabs" role="tablist" aria-label="Sheets"></div>
<main id="panel" role="tabpanel">
<section>
<div class="bar"><div class="facets" id="facets"></div><span class="told" id="told" role="status"></span>
<button class="tool" id="csv" type="button" title="Save these rows as CSV">CSV</button></div>
<div class="frame">
<div id="grid">
<table id="table" role="grid" tabindex="0">
<colgroup id="columns"></colgroup><thead id="head"></thead><tbody id="rows"></tbody></table></div>
<div class="empty" id="empty" hidden><p id="why"></p><button class="link" id="clear" type="button">Search for nothing
</button></div>
</div>
</section>
<aside id="details" hidden aria-live="polite"><div class="top"><h2 id="name"></h2>
<button class="tool" id="close" type="button" aria-label="Close" title="Close (Esc)">✕</button></div>
<dl id="facts"></dl></aside>
</main>
<dialog id="help" aria-labelledby="keys-title"><h2 id="keys-title">Keys</h2><dl>{keys}</dl>
<h2>Searching</h2><dl>{searches}</dl><button class="link" id="helped" type="button">Close</button></dialog>
<script type="application/json" id="book">{book}</script>
<script>{script}</script>
</body>
</html>
"""
