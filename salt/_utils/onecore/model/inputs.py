"""The user inputs of a template: values that are required before a VM is created from it.

Sunstone and the CLI ask for them; the API does not, and creates a VM with an empty value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..basics.errors import ArgumentError

#: The separator in a user input: whether it is mandatory, its type, description, choices, and default.
_BETWEEN = "|"
_MUST, _DEFAULT = "M", 4


def unanswered(template: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[str]:
    """The names of mandatory user inputs without a value.

    template
        The attributes of the template.
    given
        The arguments of the VM, by upper-case name, possibly with the texts of its context.
    """
    asked = template.get("USER_INPUTS")
    for name, question in asked.items() if isinstance(asked, Mapping) else ():
        parts = [part.strip() for part in str(question).split(_BETWEEN)]
        otherwise = parts[_DEFAULT] if len(parts) > _DEFAULT else ""
        said = [given.get(name), template.get(name)]
        if parts[0].upper() == _MUST and not otherwise and not any(each not in (None, "", f"${name}") for each in said):
            yield name


def refuse_unanswered(
    where: str, template: Mapping[str, Any], given: Mapping[str, Any], place: str = "among the attributes"
) -> None:
    """Raise ArgumentError for a template with mandatory user inputs without a value.

    place
        The argument in which a value can be declared.
    """
    names = sorted(unanswered(template, given))
    if names:
        raise ArgumentError(
            f"{where} asks for {', '.join(names)}, and a VM would have no value for it: set it {place}."
        )
