"""The states that every kind has, generated from the kind and its fields.

A state module's file holds the states of its own as functions, and a line for each of these::

    _states = _bridge.States(globals())
    __doc__ += _states.introduction

    present = _states.present()
    absent = _states.absent()
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from ..basics.arguments import refuse_unknown
from ..basics.errors import OneError
from ..basics.plan import SINGLE, Desired
from ..basics.prose import entry, wrapped
from ..basics.values import FORBIDDEN_BESIDES, FORBIDDEN_IN_NAMES, LONGEST_NAME, TEXT, YES_NO, Choice, Number, a
from ..cloud.view import Cloud
from ..engine.converge import converge
from ..engine.removal import remove
from ..engine.renaming import rename
from ..engine.report import Report
from ..kinds.registry import KINDS
from ..model.arguments import Argument, Option
from ..model.fields import Field
from ..model.kind import Kind
from ..model.ownership import OWNER
from ..pillar.layers import ALLOW
from .functions import EXTRA, made, parameter
from .loading import virtual as virtual
from .rehearsal import begun_elsewhere
from .states import arguments, failure, looked_up, returned, shared_cloud

State = dict[str, Any]

PROFILE = Option(
    "profile",
    TEXT,
    doc="Which of ``opennebula:profiles`` to connect to.",
    otherwise="``opennebula:connection``",
)
UNMANAGED = Option("unmanaged", YES_NO, False, doc="Remove it even if these states did not create it.")
HARD = Option(
    "hard",
    YES_NO,
    True,
    doc=(
        "Act without the consent of the guest. With ``false``, the guest is asked to shut down first; if it does "
        "not, the VM stays "
        "and the state fails."
    ),
)
ADOPT = Option(
    "adopt",
    YES_NO,
    False,
    doc=(
        "Take over an object of that name that these states did not create. It stays marked as adopted, and is "
        "never removed automatically."
    ),
)
DISRUPTION = Option(
    "disruption",
    Choice("refuse", ALLOW),
    doc=(
        "``allow`` carries out changes that disturb running VMs, such as another VLAN under leases or a NIC that is "
        "attached again; without it the state refuses them."
    ),
)
SOURCE = Option("source", TEXT, doc="The present name.")
NEW_NAME = Option("name", TEXT, doc="The new name.")

_DECLARING = (
    "A state sets what it declares and leaves everything else alone: an argument that is missing or ``null`` is not "
    "managed."
)
_CONNECTING = (
    "The connection is configured once, under ``opennebula:connection`` in the pillar or the minion's configuration."
)


class States:
    """The states of one kind, for the file of its state module.

    module
        The file's ``globals()``.
    """

    def __init__(self, module: Mapping[str, Any]) -> None:
        self._module = module
        self._kind = KINDS[module["__virtualname__"]]

    @property
    def introduction(self) -> str:
        """The introduction of the documentation, which applies to all states of a kind."""
        kind = self._kind
        one = a(kind.title)
        known = (
            f"{one[0].upper()}{one[1:]} is identified by owner and name, since every user may have one of the same "
            f"name; without ``owner``, it is that of {OWNER.otherwise}."
        )
        paragraphs = (
            f"{_DECLARING} {known if kind.per_owner else ''}",
            _CONNECTING,
            f"Rights: {kind.about.rights}",
        )
        return "\n" + "\n\n".join(map(wrapped, paragraphs)) + "\n"

    def present(self) -> Callable[..., State]:
        """The state ``present``."""
        kind = self._kind
        says = f"Ensure that {a(kind.title)} exists and is as declared."
        fields = [each for each in kind.arguments if each is not OWNER]
        disruption = [DISRUPTION] if kind.may_disturb else []
        name, leave = [self._name()], [*([ADOPT] if kind.marked else []), *disruption]
        taken = [*self._owner(), *fields, *leave, *self._timeout(), PROFILE]
        return self._made("present", name, taken, says, textwrap.dedent(kind.about.declared).strip(), self._present)

    def absent(self) -> Callable[..., State]:
        """The state ``absent``."""
        kind = self._kind
        kept = f", and never {kind.about.kept}" if kind.about.kept else ""
        says = (
            f"Ensure that {a(kind.title)} does not exist{kind.about.removed}\n\n"
            f"Only {a(kind.title)} that these states created is removed, and none that was taken over{kept}."
        )
        taken = [*self._owner(), *([HARD] if kind.remove_gently else []), UNMANAGED, PROFILE]
        return self._made("absent", [self._which()], taken, says, "", self._absent)

    def renamed(self) -> Callable[..., State]:
        """The state ``renamed``."""
        about = self._kind.about
        says = f"Ensure that the {self._kind.title} called ``source`` is called ``name``{about.renamed}"
        taken = [*self._owner(), PROFILE]
        return self._made("renamed", [NEW_NAME, SOURCE], taken, says, f"- source: {about.example}-old", self._renamed)

    def fixed(self, state: str, says: str, **values: Any) -> Callable[..., State]:
        """A state of an existing object, which sets only some values.

        state, says
            Its name, and its purpose, as a sentence.
        values
            The declared values.
        """
        return self._made(
            state, [self._which()], [ADOPT, PROFILE], says, "", lambda given: self._present({**given, **values})
        )

    # -- what they take --------------------------------------------------------------------------------------------

    def _name(self) -> Argument:
        kind = self._kind
        if kind.look is not None:
            return Option("name", TEXT, doc=kind.about.named)
        besides = "blanks or " if FORBIDDEN_BESIDES.get(kind.title) else ""
        forbidden = " ".join(each for each in FORBIDDEN_IN_NAMES if each.isprintable())
        said = f"Name of the {kind.title}, at most {LONGEST_NAME} bytes, without {besides}any of ``{forbidden}``."
        return Option("name", TEXT, doc=f"{said} {kind.about.named}".strip())

    def _which(self) -> Argument:
        return Option("name", TEXT, doc=f"Which {self._kind.title}.")

    def _owner(self) -> list[Argument]:
        return [OWNER] if self._kind.per_owner else []

    def _timeout(self) -> list[Argument]:
        if self._kind.settled is None:
            return []
        default = f"``{self._kind.settled.timeout}``"
        doc = "How long to wait until it is ready."
        return [Option("timeout", Number(), doc=doc, unit="seconds", otherwise=default)]

    # -- what they say of themselves -------------------------------------------------------------------------------

    def _made(
        self,
        name: str,
        subject: Sequence[Argument],
        taken: Sequence[Argument],
        says: str,
        declared: str,
        body: Callable[[Mapping[str, Any]], Report],
    ) -> Callable[..., State]:
        """A state of that name.

        subject, taken
            The required arguments, and all others.
        says
            Its purpose, in paragraphs.
        declared
            The declaration in an example.
        body
            The function, called with all arguments by name.
        """
        paragraphs = [wrapped(each) for each in says.split("\n\n")]
        entries = [entry(each.name, each.text) for each in (*subject, *taken)]
        example = textwrap.indent("\n".join(self._example(name, declared)), "    ")
        doc = "\n\n".join([*paragraphs, *entries, ".. code-block:: yaml", example])

        def state(given: Mapping[str, Any]) -> State:
            try:
                report = body(given)
            except OneError as error:
                return failure(given["name"], error)
            return returned(report, given["name"], self._test)

        parameters = [*(parameter(each.name) for each in subject), *map(_parameter, taken)]
        return made(self._module, name, parameters, doc, state, extra=True)

    def _example(self, state: str, declared: str) -> Iterator[str]:
        name, cli = self._kind.about.example, self._kind.cli
        owned = ["- name: " + name, "- owner: alice"] if self._kind.per_owner else []
        arguments = [*owned, *declared.splitlines()]
        yield f"{name} of alice:" if owned else f"{name}:"
        yield f"  {cli}.{state}:" if arguments else f"  {cli}.{state}: []"
        yield from (f"    {line}" for line in arguments)

    # -- what they do ----------------------------------------------------------------------------------------------

    @property
    def _test(self) -> bool:
        return bool(self._module["__opts__"].get("test"))

    def _present(self, given: Mapping[str, Any]) -> Report:
        name, profile, timeout, declared = arguments(given)
        cloud = shared_cloud(self._module, profile)
        desired = self._desired(self._kind, cloud, name, declared)
        (report,) = converge(cloud, KINDS, [desired], self._test, timeout)
        if self._test and report.error and self._rehearse(cloud, profile):
            (report,) = converge(cloud, KINDS, [desired], self._test, timeout)
        return report

    def _desired(self, kind: Kind, cloud: Cloud, name: str, declared: dict[str, Any]) -> Desired:
        owner = declared.pop("owner", None) if kind.per_owner else None
        mark = f"{SINGLE}/{owner or cloud.account}"
        adopt = ADOPT.type.wanted("adopt", declared.pop("adopt", None) or False)
        disruption = declared.pop("disruption", None)
        leave = {"adopt": adopt, "disruption": DISRUPTION.type.wanted("disruption", disruption or "refuse") == ALLOW}
        return Desired(kind.cli, name, owner, looked_up(declared, self._module), mark, **leave)

    def _rehearse(self, cloud: Cloud, profile: str | None) -> bool:
        """Announce in a dry run the changes of states in other processes; returns whether there are any.

        A state with ``parallel: True`` announces its changes only in its own process.
        """
        found = False
        for cli, given in begun_elsewhere(KINDS):
            with suppress(OneError):
                name, other, _, declared = arguments(given)
                if other == profile:
                    converge(cloud, KINDS, [self._desired(KINDS[cli], cloud, name, declared)], True)
                    found = True
        return found

    def _absent(self, given: Mapping[str, Any]) -> Report:
        name, profile, _, declared = arguments(given)
        kind = self._kind
        owner = declared.pop("owner", None) if kind.per_owner else None
        unmanaged = YES_NO.wanted("unmanaged", declared.pop("unmanaged", None) or False)
        if kind.remove_gently and not YES_NO.wanted("hard", declared.pop("hard", True)):
            kind = kind.gentle
        refuse_unknown(declared, _known(given))
        return remove(shared_cloud(self._module, profile), kind, name, owner, unmanaged, self._test)

    def _renamed(self, given: Mapping[str, Any]) -> Report:
        name, profile, _, declared = arguments(given)
        source, owner = declared.pop("source", None), declared.pop("owner", None)
        refuse_unknown(declared, _known(given))
        return rename(shared_cloud(self._module, profile), self._kind, source, name, owner, self._test)


def _parameter(argument: Argument) -> inspect.Parameter:
    # A field that is not declared is not managed, whatever the default of a new object is.
    return parameter(argument.name, None if isinstance(argument, Field) else argument.default)


def _known(given: Mapping[str, Any]) -> list[str]:
    return [name for name in given if name != EXTRA]
