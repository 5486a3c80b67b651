"""The parts of an execution module: how its functions run, and the commands that all kinds have.

A module's file holds the verbs of its own as functions, and a line for each common command::

    _module = _bridge.Module(globals(), example="dmz1")
    __doc__ += _module.introduction

    show = _module.common("show", "This includes the addresses in use.")


    def recover(vnet, operation, owner=None, profile=None):
        return _module.run(profile, _vnets.recover, vnet, owner, operation)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from salt.exceptions import CommandExecutionError

from ..basics.errors import OneError
from ..basics.secrecy import masked
from ..cloud.view import Cloud
from ..commands.calls import Call
from ..commands.description import REQUIRED as REQUIRED
from ..commands.description import Command, Words
from ..commands.description import flag as flag
from ..commands.description import place as place
from ..commands.objects import KINDS
from ..commands.relations import Relation
from ..engine.report import sentence
from ..wire.client import COMPLETES
from .functions import made
from .loading import virtual as virtual
from .states import connect, plain


def command(module: Mapping[str, Any], profile: str | None, work: Callable[[Cloud], Any], shown: bool = True) -> Any:
    """Run the body of an execution function; any error becomes a CommandExecutionError.

    shown
        Whether its return value is shown to users without further processing.
    """
    try:
        found = work(connect(module, profile))
        return masked(found) if shown else found
    except OneError as error:
        # A retry could create a second object.
        said = str(error).replace(COMPLETES, "look before you call it again")
        raise CommandExecutionError(sentence(said)) from None


class Module:
    """An execution module, which may consist of several files.

    module
        The file's ``globals()``.
    words
        The words in the documentation of its commands, see :class:`..commands.description.Words`.
    """

    def __init__(self, module: Mapping[str, Any], **words: str) -> None:
        self._module = module
        self._kind = KINDS[module["__virtualname__"]]
        self._words = Words(self._kind, **words)

    @property
    def introduction(self) -> str:
        """The introduction of the documentation, which applies to all functions of the module."""
        return self._words.introduction()

    def run(self, profile: str | None, operation: Callable[..., Any], *arguments: Any) -> Any:
        """Call ``operation`` with the cloud, the kind and these arguments."""
        given = plain(arguments)
        return command(self._module, profile, lambda cloud: operation(cloud, self._kind, *given))

    def common(self, name: str, note: str = "", **more: Any) -> Callable[..., Any]:
        """The common command of that name.

        note, more
            Its additional documentation and parameters, see :class:`..commands.description.Command`.
        """
        described = Command(name, self._words, note=note, **more)
        return self._offered(described, described.function.__name__)

    def own(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A command that only this kind has, described by its function like the common ones."""
        name = function.__name__
        return self._offered(Command(name.rstrip("_"), self._words, own=function), name)

    def call(self, name: str, verb: str, says: str, example: str, **more: Any) -> Callable[..., Any]:
        """A command of that name which makes one call on an object.

        verb, says, example, more
            See :class:`..commands.calls.Call`.
        """
        return self._offered(Call(name, self._words, verb, says, example, **more), name)

    def relation(self, name: str, other: str, says: str, example: str, **more: Any) -> Callable[..., Any]:
        """A command of that name which relates an object to one of another kind.

        other, says, example, more
            See :class:`..commands.relations.Relation`.
        """
        return self._offered(Relation(name, self._words, other, says, example, **more), name)

    def _offered(self, described: Command | Relation | Call, called: str) -> Callable[..., Any]:
        def body(given: dict[str, Any]) -> Any:
            profile = given.pop("profile")
            return self.run(profile, described, given)

        return made(self._module, called, described.parameters, described.documentation(), body)
