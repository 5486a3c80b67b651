"""Tickets, with which a VM proves its identity to a Salt master.

A ticket is valid for one minion ID, for one key, once, and for a limited time. The minion that manages the cloud and
the master share a secret: the minion writes the ticket into the context of a new VM, and the master checks it with
nothing but the secret. ::

    token = <ticket>.<key>            in the VM's context; <ticket> is <issued>-<expires>-<nonce>
    key   = HMAC(secret, minion id, ticket)
    claim = <ticket>.<proof>          what the VM presents to the master; not secret
    proof = HMAC(key, minion id, public key)

An intercepted claim is therefore useless for another minion ID or another key, and so is a token.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..basics.errors import RefusedError
from .script import SCRIPT

#: The allowed names of masters and minions, which are written to the minion's configuration.
MINION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,126}", re.ASCII)
#: The lifetime of a ticket, in minutes, and the allowed clock difference, in milliseconds.
LIFETIME = 60
SKEW = 5 * 60 * 1000
#: The minimum length of a secret.
SHORTEST_SECRET = 32

MINION_VARIABLE, TOKEN_VARIABLE = "SALT_MINION_ID", "SALT_ENROLMENT_TOKEN"
#: All context variables of enrolment.
VARIABLES = frozenset({"SALT_MASTER", "SALT_MASTER_FINGER", MINION_VARIABLE, TOKEN_VARIABLE})
#: The grain that carries a claim to the master.
GRAIN = "opennebula_enrolment"

_TICKET = re.compile(r"(\d{1,16})-(\d{1,16})-([0-9a-f]{32})", re.ASCII)


@dataclass(frozen=True)
class Ticket:
    """When it was issued and when it expires, in milliseconds since 1970, and a unique value."""

    issued: int
    expires: int
    nonce: str

    def __str__(self) -> str:
        return f"{self.issued}-{self.expires}-{self.nonce}"


def now() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def issue(secret: str, minion_id: str, lifetime: int = LIFETIME) -> str:
    """A new token for a minion ID.

    lifetime
        For how many minutes it is good.
    """
    issued = now()
    ticket = str(Ticket(issued, issued + lifetime * 60_000, secrets.token_hex(16)))
    return f"{ticket}.{_key(secret, minion_id, ticket)}"


def check(secret: str, minion_id: str, public_key: str, claim: str) -> Ticket:
    """The ticket of a claim, if it is valid for this minion ID and this public key now.

    Raises
        RefusedError, which says why not.
    """
    text, _, proof = claim.partition(".")
    match = _TICKET.fullmatch(text)
    if match is None:
        raise RefusedError("it does not present a ticket")
    ticket = Ticket(int(match[1]), int(match[2]), match[3])
    expected = _proof(_key(secret, minion_id, text), minion_id, public_key)
    if not hmac.compare_digest(expected.encode(), proof.encode()):
        raise RefusedError("its ticket was not issued for this minion ID, or is not signed for this key")
    if ticket.issued > now() + SKEW:
        raise RefusedError(
            "its ticket has a date in the future: compare the clocks of the master and of the machine that issues "
            "tickets"
        )
    if ticket.expires <= now():
        raise RefusedError("its ticket has expired")
    return ticket


def _key(secret: str, minion_id: str, ticket: str) -> str:
    return _mac(secret, f"{minion_id}\n{ticket}")


def _proof(key: str, minion_id: str, public_key: str) -> str:
    # As a minion sends it: each line of the file without its line end.
    return _mac(key, "\n".join([minion_id, *public_key.strip().splitlines()]))


def _mac(key: str, message: str) -> str:
    return hmac.new(key.encode(), message.encode(), hashlib.sha256).hexdigest()


def context(enrol: Mapping[str, Any], minion_id: str) -> dict[str, str]:
    """The context variables that enrol a VM, without its token; they are the same in each run.

    enrol
        ``{master, master_finger, script}``
    """
    variables = {
        "SALT_MASTER": enrol["master"],
        "SALT_MASTER_FINGER": enrol["master_finger"],
        MINION_VARIABLE: minion_id,
    }
    if enrol.get("script", True):
        variables["START_SCRIPT_BASE64"] = b64encode(SCRIPT.encode()).decode()
    return variables


def numbered(minion_id: str, number: int) -> str:
    """The minion ID of one of several VMs, counted from 0; the first one has the declared ID."""
    return f"{minion_id}-{number}" if number else minion_id
