"""Values that cannot be read back: compared with a digest that is stored in the object.

OpenNebula encrypts some attributes, and replaces the variables in a context. Their current values cannot be compared,
so a salted digest of each declared value is stored beside them, all of them in one vector. A changed declaration is
written again; changes by others are not detected.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..basics import digests
from ..basics.marks import DIGESTS, MARK
from ..cloud.resource import Resource

#: The placeholder for such values.
NOT_SEEN = "a digest of the declared value is stored with it, so that changes by others are not detected"


def noted(name: str, text: str | None, secret: bool) -> dict[str, Any]:
    """The digest that is written with a value, so that the next run recognizes it.

    text
        The declared value; ``None`` for one that was removed, or that can be read.
    secret
        Whether the value is secret, so that guessing it from the digest must be slow.
    """
    rounds = digests.ROUNDS if secret else digests.ONCE
    return {DIGESTS: {name: None if text is None else digests.digest(text, rounds=rounds)}}


def knows(resource: Resource, name: str, text: str, secret: bool) -> bool:
    """Whether this is the declared value that was last written to an object."""
    rounds = digests.ROUNDS if secret else digests.ONCE
    return digests.matches(text, _kept(resource).get(name, ""), rounds)


def _kept(resource: Resource) -> Mapping[str, str]:
    """The digests of an object; those that were copied from another object do not count."""
    kept = resource.attributes.get(DIGESTS)
    copied = bool(resource.attributes.get(MARK)) and not resource.is_marked
    return kept if isinstance(kept, Mapping) and not copied else {}


def gathered(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Attributes from several sources as one mapping, with the digests of all of them."""
    whole: dict[str, Any] = {}
    noted_down: dict[str, Any] = {}
    for part in parts:
        noted_down |= part.get(DIGESTS) or {}
        whole |= part
    if noted_down:
        whole[DIGESTS] = noted_down
    return whole


def with_kept(resource: Resource | None, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes to be written, with the other digests of the object: they share one vector."""
    whole = {name: value for name, value in attributes.items() if name != DIGESTS}
    if DIGESTS in attributes:
        before = _kept(resource) if resource is not None else {}
        after = {name: text for name, text in {**before, **attributes[DIGESTS]}.items() if text is not None}
        if after != before:
            whole[DIGESTS] = after
    return whole
