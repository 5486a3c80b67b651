"""How a gateway becomes a minion: the keys of ``enrol``, and their cross-checks."""

from __future__ import annotations

import re

from ..enrolment import tickets as enrolment
from ..model import leaves as a
from ..model.arguments import REQUIRED
from ..model.nodes import Key, Keys, Leaf
from ..pillar.gateways import gateway_variables, minion_ids
from . import leaves as our
from .view import View
from .walk import Walk
from .words import below

#: The allowed masters: a name, an IPv4 or an IPv6 address.
_HOST = re.compile(r"[A-Za-z0-9.:_-]+", re.ASCII)
_FINGERPRINT = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){15,63}", re.ASCII)

#: Variables of the context packages that contain a script; the second one takes precedence.
SCRIPTS = frozenset({"START_SCRIPT", "START_SCRIPT_BASE64"})
CHARACTERS = "letters, digits and . _ @ -"


def _matches(pattern: re.Pattern[str], wants: str) -> Leaf:
    def check(value: str) -> None:
        if not pattern.fullmatch(value):
            raise ValueError

    return Leaf(wants, (str,), check)


def _long_enough(value: str) -> None:
    if len(value) < enrolment.SHORTEST_SECRET:
        raise ValueError


MINION_ID = _matches(enrolment.MINION_ID, f"a minion id of {CHARACTERS}")
SECRET = Leaf(f"text of {enrolment.SHORTEST_SECRET} characters or more", (str,), _long_enough, secret=True)

ENROL = Keys(
    "how a gateway becomes a minion",
    {
        "master": Key(
            _matches(_HOST, "the name or address of a master"), "Address of the Salt master.", REQUIRED, "192.168.230.5"
        ),
        "master_finger": Key(
            _matches(_FINGERPRINT, "a fingerprint, such as key.finger_master returns"),
            "The fingerprint of the master's public key, so that the gateway trusts no other. `key.finger_master` "
            "returns it on each of the master's minions. That of `salt-key -F` is another one on some versions of "
            "Salt 3008, and no minion accepts it.",
            REQUIRED,
            f"'{':'.join(['4f'] * 32)}'",
        ),
        "secret": Key(
            our.stored_elsewhere(SECRET),
            "The secret that signs tickets: the same text as on the master, in `opennebula_enrolment`. Keep it in a "
            "secret store (`sdb://…`), or encrypt it with Salt's GPG renderer.",
            "no ticket: a person accepts the gateway's key",
            "sdb://vault/enrolment",
        ),
        "lifetime": Key(
            a.whole(1, 7 * 24 * 60),
            "Time in which a new gateway must present its ticket to the master.",
            str(enrolment.LIFETIME),
            "15",
            "minutes",
        ),
        "minion_id": Key(MINION_ID, "Minion ID of the gateway.", "`gw-` and the user", "gw-alice"),
        "script": Key(
            a.BOOLEAN,
            "Whether the context contains the enrolment script; if not, the image must contain it.",
            "true",
            "false",
        ),
    },
)


class MinionIds:
    """The minion IDs of all gateways, each of which must be unique."""

    def __init__(self, walk: Walk):
        self.walk = walk
        self.taken: dict[str, str] = {}

    def add(self, view: View) -> None:
        enrol, keys = view.gateway["enrol"], ("gateway", "enrol", "minion_id")
        if view.user is None or view.path(*keys) in view.blamed:
            return
        path = view.path(*keys) if "minion_id" in enrol else below("users", view.user, *keys)
        for name in minion_ids(view.gateway, view.user):
            self._claim(path, name, view.user)

    def _claim(self, path: str, name: str, user: str) -> None:
        if not enrolment.MINION_ID.fullmatch(name):
            self.walk.fault(path, f"{name!r} cannot be a minion id; choose one of {CHARACTERS}")
        holder = self.taken.setdefault(name.lower(), user)
        if holder != user:
            self.walk.fault(path, f"{name} is already the minion id of {holder}'s gateway")


def check_enrolment(view: View, minion_ids: MinionIds, walk: Walk) -> None:
    """Check the enrolment of the gateway of one infrastructure."""
    enrol = view.gateway.get("enrol")
    if enrol is not None:
        for key in ("master", "master_finger"):
            if key not in enrol:
                walk.require(view.path("gateway", "enrol", key), "is required")
        if "lifetime" in enrol and "secret" not in enrol:
            walk.fault(view.path("gateway", "enrol", "lifetime"), "is never used, since there is no secret")
        minion_ids.add(view)
    _check_context(view, walk)


def _check_context(view: View, walk: Walk) -> None:
    """A variable that is generated from other keys must not be declared as well."""
    made = set(gateway_variables(view.gateway, "", ""))
    enrol = view.gateway.get("enrol")
    if enrol is not None:
        made |= enrolment.VARIABLES | (SCRIPTS if enrol.get("script", True) else frozenset())
    for name in view.gateway.get("context", {}):
        if name.upper() in made:
            instead = ", or let gateway.enrol.script be false" if name.upper() in SCRIPTS else ""
            fault = f"is made from other keys of the gateway; leave it out{instead}"
            walk.fault(view.path("gateway", "context", name), fault)
