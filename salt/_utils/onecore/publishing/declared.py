"""What is declared about a publication, and what it must not replace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..basics.errors import ArgumentError
from ..basics.marks import BUILD, MARK, PUBLISHED, Mark
from ..basics.values import Integer, object_name
from ..cloud.resource import Resource
from ..model.kind import Kind

_KEEP = Integer(0)


@dataclass(frozen=True)
class Publication:
    """A publication.

    name, owner
        The public name and the owner; the build belongs to the same owner.
    build
        The name of the build.
    keep
        How many unused earlier versions to keep; ``None`` keeps all.
    values
        Further arguments of the kind's ``present`` state. Group and permissions are those of the previous version,
        unless they are declared.
    mark
        ``<source>/<owner>``, for the attribute ``SALT_MANAGED``.
    timeout
        Seconds to wait until the build is ready; by default that of the kind.
    adopt
        Whether an object that has the public name, and was not published by these states, may be renamed.
    """

    kind: Kind
    name: str
    owner: str
    build: str
    keep: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    mark: str = ""
    timeout: float | None = None
    adopt: bool = False


def check(wanted: Publication) -> None:
    """Raise ArgumentError for a publication that is impossible on any cloud."""
    object_name(wanted.kind.title, wanted.name)
    object_name("build", wanted.build)
    if wanted.keep is not None:
        _KEEP.wanted("keep", wanted.keep)
    if wanted.name == wanted.build:
        raise ArgumentError("name and build are the same: set build to the object to publish.")


def is_foreign(wanted: Publication, current: Resource) -> bool:
    """Whether the object with the public name was not created by these states, and must not be renamed."""
    return not (current.is_marked or wanted.adopt or is_misnamed(wanted, current))


def is_misnamed(wanted: Publication, current: Resource) -> bool:
    """Whether a late write of an earlier step has reset the mark: it names the build, although the object says that it
    is published.
    """
    mark = Mark.of(wanted.mark, wanted.kind.cli, wanted.build)
    origin = {PUBLISHED: wanted.name, BUILD: wanted.build, MARK: str(mark)}
    return mark is not None and all(current.attributes.get(name) == said for name, said in origin.items())
