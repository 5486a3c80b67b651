"""The parameters and the documentation of a common command for one kind.

Both come from the command's function in :mod:`.common`: its parameters, with the names of the kind and without
``owner`` if names are unique in the whole cloud, and its docstring, with the words and notes of the kind.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..basics.prose import entry, wrapped
from ..basics.values import a
from ..cloud.collection import Collection
from ..cloud.view import Cloud
from .common import COMMANDS
from .objects import KINDS, identified, optional
from .objects import flag as flagged

#: The default of a required parameter.
REQUIRED = inspect.Parameter.empty

_TARGET = "{A}, by name, or by ID: a bare number is an ID, so quote a name made of digits twice (``\"'12'\"``)."
_OWNER = """Owner of the {title}. Without it, the name means the {title} of the account that Salt connects as, or else
the only one."""
_RETURNS = """A function that changes an object returns ``True`` when OpenNebula has accepted the call, one that creates
an object returns its ID. An error is a ``CommandExecutionError`` with one sentence. The rights named below are those of
the account that Salt connects as; ``docs/rights.md`` lists them all."""


@dataclass(frozen=True)
class Option:
    """A parameter that only some kinds have, and that is the last one of OpenNebula's call.

    sent
        Converts the value for OpenNebula.
    """

    name: str
    doc: str
    default: Any
    sent: Callable[[Cloud, Any], Any]


def plain(name: str, default: Any = REQUIRED) -> inspect.Parameter:
    """A parameter that can be given by position as well as by name."""
    return inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)


def flag(name: str, doc: str) -> Option:
    """An option that is off by default."""
    return Option(name, f"{doc} Defaults to ``False``.", False, lambda cloud, value: flagged(name, value))


def place(name: str, doc: str, default: Any = None) -> Option:
    """The ``cluster`` or ``datastore`` of an object; if it is omitted and not required, OpenNebula chooses."""
    given = identified if default is REQUIRED else optional
    return Option(name, doc, default, lambda cloud, value: given(cloud, KINDS[f"one{name}"], value))


@dataclass(frozen=True)
class Words:
    """The words in the documentation of a kind's commands.

    example
        The name of an object, for examples.
    template
        The name of the parameter ``template``, the attributes of an object, if a template is something else.
    """

    kind: Collection
    example: str = ""
    template: str = "template"

    @property
    def target(self) -> str:
        """What an object is called among the parameters."""
        return self.kind.cli.removeprefix("one")

    @property
    def which(self) -> str:
        """The documentation of the parameters that identify the object."""
        return f"Which {self.kind.title}, and through which connection; see the module's documentation."

    def parameter(self, name: str) -> str:
        """The name of a parameter of a common command."""
        return {"target": self.target, "template": self.template}.get(name, name)

    def fill(self, text: str) -> str:
        """A text with the words of the kind in place of braces."""
        return text.format_map(self._words)

    @cached_property
    def _words(self) -> dict[str, str]:
        owned, settled = self.kind.owners is not None, self.kind.has_states
        columns = ["id", "name", *["owner", "group"] * owned, *["state"] * settled]
        one = a(self.kind.title)
        return {
            "a": one,
            "A": one[0].upper() + one[1:],
            "title": self.kind.title,
            "type": self.target.upper(),
            "told": ", ".join(f"``{name}``" for name in columns),
            "example": self.example,
            "whose": "owner=alice" if self.kind.per_owner else "",
        }

    def introduction(self) -> str:
        """The introduction of a module's documentation, for all its functions."""
        profile = "Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``."
        arguments = {self.target: _TARGET, **({"owner": _OWNER} if self.kind.per_owner else {}), "profile": profile}
        entries = [entry(f"``{name}``", self.fill(text)) for name, text in arguments.items()]
        return "\n" + "\n\n".join(["Common arguments:", *entries, wrapped(_RETURNS)]) + "\n"


@dataclass(frozen=True)
class Command:
    """A common command of one kind.

    note
        Additional documentation.
    rights, example
        Replace the common documentation.
    own
        The function of a command that only this kind has, with its documentation.
    """

    name: str
    words: Words
    option: Option | None = None
    note: str = ""
    rights: str = ""
    example: str = ""
    own: Callable[..., Any] | None = None

    @property
    def function(self) -> Callable[..., Any]:
        """The function, with its documentation for every kind."""
        return self.own or COMMANDS[self.name]

    def __call__(self, cloud: Cloud, kind: Collection, given: Mapping[str, Any]) -> Any:
        """Run it with the values of its parameters."""
        values = dict(given)
        named = {"owner": values.pop("owner")} if "owner" in values else {}
        option = [self.option.sent(cloud, values.pop(self.option.name))] if self.option else []
        return self.function(cloud, kind, *values.values(), *option, **named)

    @cached_property
    def parameters(self) -> tuple[inspect.Parameter, ...]:
        """Its parameters; all of them can be given by position."""
        return tuple(self._parameters())

    def _parameters(self) -> Iterator[inspect.Parameter]:
        _cloud, _kind, *declared = inspect.signature(self.function).parameters.values()
        for each in declared:
            if each.kind is inspect.Parameter.VAR_POSITIONAL:
                if self.option:
                    yield plain(self.option.name, self.option.default)
            elif each.name != "owner" or self._owner_helps:
                yield plain(self.words.parameter(each.name), each.default)
        yield plain("profile", None)

    @property
    def _owner_helps(self) -> bool:
        """Whether an owner distinguishes objects of one name, or filters a list."""
        named = "target" in inspect.signature(self.function).parameters
        return self.words.kind.per_owner if named else self.words.kind.owners is not None

    def documentation(self) -> str:
        """Its documentation: purpose, arguments, rights and examples."""
        says, *entries, rights, examples = inspect.cleandoc(self.function.__doc__ or "").split("\n\n")
        names = [each.name for each in self.parameters]
        examples = self.example or self.words.fill(examples)
        return documented(
            wrapped(f"{self.words.fill(says)} {self.note}"),
            self._arguments(entries, names),
            wrapped(f"Rights: {self.rights}" if self.rights else self.words.fill(rights)),
            [f"{self.words.kind.cli}.{self.name} {arguments}".strip() for arguments in examples.splitlines()],
        )

    def _arguments(self, entries: list[str], names: list[str]) -> Iterator[str]:
        if self.words.target in names:
            common = [name for name in (self.words.target, "owner", "profile") if name in names]
            yield entry(", ".join(common), self.words.which)
        for each in entries:
            name, text = each.split("\n", 1)
            if self.words.parameter(name) in names:
                yield entry(self.words.parameter(name), self.words.fill(text))
        if self.option:
            yield entry(self.option.name, self.option.doc)
        if self.words.target not in names:
            yield entry("profile", "Which of ``opennebula:profiles`` to connect to.")


def documented(says: str, entries: Iterable[str], rights: str, calls: Iterable[str]) -> str:
    """The documentation of a command, from its parts.

    calls
        Examples, as ``onevnet.show dmz1``.
    """
    examples = "\n".join(f"    salt-call {each}" for each in calls)
    return "\n\n".join([says, *entries, rights, "CLI Example:", ".. code-block:: bash", examples])
