"""The texts about a kind in the documentation of its states."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class About:
    """Sentences, and parts of them.

    rights
        Which rights in OpenNebula the account needs, in words that follow "Rights:".
    example
        The name of an object, for examples.
    declared
        What is declared of it in an example: entries of a list, as YAML.
    named
        What else there is to its name: a sentence.
    removed
        What goes and what stays with one that is removed: the end of a sentence that says that it does not exist.
    kept
        Which ones are never removed: words that follow "never".
    renamed
        What stays, and what does not, when one is renamed: the end of a sentence.
    """

    rights: str = ""
    example: str = ""
    declared: str = ""
    named: str = ""
    removed: str = "."
    kept: str = ""
    renamed: str = "; its ID stays."
