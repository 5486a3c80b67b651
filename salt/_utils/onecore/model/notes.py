"""Notes of runs for other runs: attributes of the account.

Each note is an attribute that is written once, so that parallel runs do not overwrite each other's notes.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from ..basics.syntax import render
from ..cloud.directory import USERS
from ..cloud.view import Cloud
from .fields import REMOVED
from .writers import MERGE


def notes(cloud: Cloud, prefix: str) -> dict[str, str]:
    """The notes of all runs whose names begin with this prefix, by name."""
    account = cloud.find(USERS, cloud.account)
    said = {} if account is None else account.attributes
    return {name: str(text) for name, text in said.items() if name.startswith(prefix)}


def note_down(cloud: Cloud, prefix: str, text: str, over: Iterable[str] = ()) -> str:
    """Write a note; returns its name.

    over
        The names of notes to remove.
    """
    name = f"{prefix}_{secrets.token_hex(4).upper()}"
    _write(cloud, {name: text, **dict.fromkeys(over, REMOVED)})
    return name


def take_away(cloud: Cloud, names: Iterable[str]) -> None:
    """Remove notes, given their names; no call if there are none."""
    over = dict.fromkeys(names, REMOVED)
    if over:
        _write(cloud, over)


def _write(cloud: Cloud, written: Mapping[str, Any]) -> None:
    account = cloud.get(USERS, cloud.account)
    cloud.call("one.user.update", account.id, render(written), MERGE)
    for name, text in written.items():
        account.attributes.pop(name, None)
        if text:
            account.attributes[name] = text
