"""The texts about a kind in the documentation of its states."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class About:
    """Sentences, and parts of sentences.

    rights
        The rights in OpenNebula that the account needs, as the text after "Rights:".
    example
        The name of an object, for examples.
    declared
        The declaration in an example: entries of a list, as YAML.
    named
        A sentence about the name.
    removed
        What is removed with an object, and what stays: the end of a sentence that says that it does not exist.
    kept
        Which ones are never removed: the text after "never".
    renamed
        What stays when an object is renamed, and what does not: the end of a sentence.
    """

    rights: str = ""
    example: str = ""
    declared: str = ""
    named: str = ""
    removed: str = "."
    kept: str = ""
    renamed: str = "; its ID stays."
