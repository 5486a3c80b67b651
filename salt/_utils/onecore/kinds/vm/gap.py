"""The short time during a publication in which no image has the published name.

Publishing takes two renames. OpenNebula refuses to instantiate by that name in between. The call is therefore repeated,
but only if the cloud shows that this was the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ...basics.errors import AllocateError
from ...basics.marks import PUBLISHED
from ...cloud.directory import IMAGES
from ...cloud.procedure import Moment, Procedure
from ...cloud.view import Cloud

#: Seconds before each further attempt.
PAUSES = (0.1, 0.4, 1.0, 2.0)

#: The ID of an image that a dry run has only announced, and that may be renamed before it is created.
NOT_YET = "announced"


def disks(attributes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The disks that a template's attributes describe, in order."""
    found = attributes.get("DISK") or []
    return [each for each in (found if isinstance(found, list) else [found]) if isinstance(each, dict)]


def instantiate_published(
    cloud: Cloud, owner: str, attributes: Mapping[str, Any], instantiate: Callable[[], int]
) -> Procedure:
    """Instantiate, and try again while an image's name is being published; returns the ID of the VM.

    owner
        The owner of images that are named without owner.
    attributes
        The attributes from which the VM is created.
    instantiate
        Makes the one call and returns the new ID.
    """
    for pause in PAUSES:
        try:
            return instantiate()
        except AllocateError:
            missing = _between_names(cloud, owner, attributes)
            if missing is None:
                raise
        if not missing:
            # The publication has ended since, so a second refusal has another reason.
            break
        yield Moment(pause, "a published image to get its name")
    return instantiate()


def _between_names(cloud: Cloud, owner: str, attributes: Mapping[str, Any]) -> set[tuple[str, str]] | None:
    """The published names that no image has at the moment; ``None`` if no published name is involved."""
    named = {(disk.get("IMAGE_UNAME") or owner, disk["IMAGE"]) for disk in _by_name(disks(attributes))}
    if not named:
        return None
    cloud.forget(IMAGES)
    images = list(cloud.pool(IMAGES))
    published = named & {(each.owner, each.attribute(PUBLISHED)) for each in images}
    return published - {(each.owner, each.name) for each in images} if published else None


def _by_name(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [disk for disk in found if disk.get("IMAGE") and not disk.get("IMAGE_ID")]
