"""The context with which a new VM becomes a minion automatically."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...basics.arguments import refuse_unknown
from ...basics.errors import ArgumentError
from ...basics.plan import Change
from ...basics.values import POSITIVE, expected
from ...cloud.resource import Resource
from ...enrolment.tickets import LIFETIME, MINION_ID, SHORTEST_SECRET, TOKEN_VARIABLE, issue
from ...model.fields import Field

KEYS = ("minion_id", "secret", "lifetime")


class Enrolment(Field):
    """A token for one minion ID, written into the context of a new VM and not compared later.

    It is used up when the VM has become a minion; a recreated VM gets a new one.
    """

    doc = (
        "Lets new VMs become minions automatically: ``minion_id``, the ``secret`` of the master, and ``lifetime`` in "
        f"minutes, {LIFETIME} by default. The context of a new VM then contains a token, valid once and for that ID; "
        "it is written at creation only. See ``docs/enrolment.md`` for the other variables that the context needs."
    )

    def wanted(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise expected(self.name, "a dictionary with minion_id and secret", value)
        refuse_unknown(value, KEYS, f"{self.name}.", "key")
        minion_id, secret = value.get("minion_id"), value.get("secret")
        if not isinstance(minion_id, str) or not MINION_ID.fullmatch(minion_id):
            raise ArgumentError(f"{self.name}.minion_id: must consist of letters, digits and . _ @ -.")
        if not isinstance(secret, str) or len(secret) < SHORTEST_SECRET:
            raise ArgumentError(f"{self.name}.secret: must be a text of {SHORTEST_SECRET} characters or more.")
        lifetime = POSITIVE.wanted(f"{self.name}.lifetime", value.get("lifetime") or LIFETIME)
        return {"minion_id": minion_id, "secret": secret, "lifetime": lifetime}

    def changes(self, resource: Resource | None, wanted: dict[str, Any]) -> Iterator[Change]:
        if resource is None:
            yield self.change(f"{self.name}:minion_id", None, wanted["minion_id"])


def token(enrolment: Mapping[str, Any] | None) -> dict[str, str]:
    """The context variable of a new VM with a new token; empty if the VM does not enrol."""
    return {} if enrolment is None else {TOKEN_VARIABLE: issue(**enrolment)}
