"""The master's side of enrolment: used tickets, and replaced keys.

Only the key in a valid ticket is accepted, and each ticket only once. The register of accepted minions is a file, so
that old and used tickets are refused.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from typing import Any, Protocol

from ..basics.errors import ArgumentError, RefusedError
from ..basics.secrecy import quoted
from .tickets import MINION_ID, check, now

#: The states of a key, as in Salt.
ACCEPTED, PENDING, REJECTED, DENIED = "minions", "minions_pre", "minions_rejected", "minions_denied"


class Keys(Protocol):
    """The keys of a master."""

    def of(self, minion_id: str) -> dict[str, list[str]]:
        """The public keys of a minion, by state."""

    def accept(self, minion_id: str, public_key: str) -> None:
        """Accept this key for a minion."""

    def remove(self, minion_id: str, states: list[str]) -> None:
        """Remove a minion's keys in these states."""


class Register:
    """A file with an entry for each minion that has presented a ticket.

    By minion ID: ``ticket``; ``issued``, before which no ticket is valid any more, in milliseconds since 1970;
    ``fingerprint`` of the public key; ``accepted``, when the key was accepted, in the same unit, or null.
    """

    def __init__(self, path: str):
        self.path = path

    def read(self) -> dict[str, dict[str, Any]]:
        """All entries; none if there is no file yet."""
        try:
            with open(self.path, encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            return {}

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the register against other processes."""
        with open(os.open(f"{self.path}.lock", os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def write(self, minion_id: str, **entry: Any) -> None:
        """Replace the entry of a minion atomically."""
        whole = {**self.read(), minion_id: entry}
        fresh = f"{self.path}.new"
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(whole, file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, self.path)


def admit(register: Register, keys: Keys, secret: str, minion_id: str, public_key: str, claim: str) -> str:
    """Accept a minion with a ticket; returns what was done.

    Another accepted key, such as that of the VM before it was recreated, is removed.

    Raises
        RefusedError, which says why it is not let in.
    """
    ticket = check(secret, minion_id, public_key, claim)
    with register.locked():
        found = {state: [_bare(each) for each in held] for state, held in keys.of(minion_id).items()}
        key = _bare(public_key)
        if found.get(ACCEPTED) == [key]:
            return "is accepted already"
        entry = {"ticket": str(ticket), "issued": ticket.issued, "fingerprint": fingerprint(public_key)}
        _refuse_spent(register.read().get(minion_id, {}), entry)
        if REJECTED in found:
            raise RefusedError("its key was rejected manually; salt-key -d removes it")
        # Written before and after: after an interruption, the minion continues with this key, and with no other.
        register.write(minion_id, **entry, accepted=None)
        others = _others(key, found)
        if others:
            keys.remove(minion_id, others)
        keys.accept(minion_id, key)
        register.write(minion_id, **entry, accepted=now())
        return "is accepted, in place of another one" if set(others) - {DENIED} else "is accepted"


def _others(key: str, found: dict[str, list[str]]) -> list[str]:
    """The states in which another key is stored for this minion, or this key is denied. Other denied keys are kept."""
    in_the_way = [state for state, held in found.items() if state != DENIED and held != [key]]
    return [*in_the_way, *([DENIED] if key in found.get(DENIED, ()) else [])]


def revoke(register: Register, keys: Keys, minion_id: str) -> list[str]:
    """Remove all keys of a minion, and reject all tickets issued until now; returns the states of the removed keys."""
    checked(minion_id)
    with register.locked():
        register.write(minion_id, ticket=None, issued=now(), fingerprint=None, accepted=None)
        found = list(keys.of(minion_id))
        if found:
            keys.remove(minion_id, found)
        return found


def checked(minion_id: Any) -> str:
    """A minion ID; ArgumentError for invalid ones, including wildcards."""
    if not isinstance(minion_id, str) or not MINION_ID.fullmatch(minion_id):
        raise ArgumentError(f"{quoted(minion_id)} is not a minion ID, which has only letters, digits and . _ @ -.")
    return minion_id


def fingerprint(public_key: str) -> str:
    """The fingerprint of a public key."""
    return hashlib.sha256(_bare(public_key).encode()).hexdigest()


def _bare(public_key: str) -> str:
    return "\n".join(public_key.strip().splitlines())


def _refuse_spent(known: dict[str, Any], entry: dict[str, Any]) -> None:
    if known.get("ticket") == entry["ticket"]:
        if known["accepted"] is not None or known["fingerprint"] != entry["fingerprint"]:
            raise RefusedError("its ticket was used already")
    elif known and entry["issued"] <= known["issued"]:
        raise RefusedError("its ticket is older than the last one that was used, or was revoked")
