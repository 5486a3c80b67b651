"""Salted digests, which show whether a declared value has changed if it cannot be read back."""

from __future__ import annotations

import hashlib
import hmac
import secrets

#: The number of hash rounds for a secret, which makes guessing slow; other values are hashed once.
ROUNDS, ONCE = 10_000, 1


def digest(text: str, salt: str = "", rounds: int = ROUNDS) -> str:
    """``<salt>:<PBKDF2-SHA256>`` of a text."""
    salt = salt or secrets.token_hex(8)
    return f"{salt}:{hashlib.pbkdf2_hmac('sha256', text.encode(), salt.encode(), rounds).hex()}"


def matches(text: str, kept: str, rounds: int = ROUNDS) -> bool:
    """Whether ``kept`` is the digest of ``text``."""
    salt, _, _ = kept.partition(":")
    return bool(salt) and hmac.compare_digest(kept, digest(text, salt, rounds))
