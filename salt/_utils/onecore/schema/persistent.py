"""Persistent images of the pillar: only one VM can use each, so a declaration of several VMs cannot use one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from ..basics.values import ADMINISTRATOR
from ..cloud.directory import IMAGES, TEMPLATES
from ..pillar.layers import without_nulls
from ..pillar.objects import SECTION

#: The owner and the name of an image or a template.
_Key = tuple[str, str]


class Persistent:
    """The images that the pillar declares as persistent, and the templates whose VMs use them.

    config
        The whole pillar.
    """

    def __init__(self, config: Mapping[str, Any]):
        self._config = config

    # Computed on first use, which is rare.
    @cached_property
    def _images(self) -> set[_Key]:
        declared = _declared(self._config, "images", IMAGES.cli)
        return {key for key, said in declared.items() if said.get("persistent") is True}

    @cached_property
    def _templates(self) -> dict[_Key, Mapping[str, Any]]:
        return _declared(self._config, "templates", TEMPLATES.cli)

    def used(self, said: Mapping[str, Any], user: str) -> Iterator[tuple[str, str]]:
        """The key of a VM with which it uses a persistent image, and the image in words.

        user
            The owner of the VM, and of images that a disk names without owner.
        """
        own = said.get("disks")
        if isinstance(own, list):
            found = ((f"disks[{position}]", disk) for position, disk in enumerate(own))
        else:
            key = said.get("template_owner", ADMINISTRATOR), said.get("template", "")
            found = (("template", disk) for disk in self._templates.get(key, {}).get("disks") or ())
        for where, disk in found:
            owner, name = disk.get("owner", user), disk.get("image", "")
            if (owner, name) in self._images:
                yield where, IMAGES.describe(name, owner)


def _declared(config: Mapping[str, Any], section: str, cli: str) -> dict[_Key, Mapping[str, Any]]:
    """The declared objects of a kind, shared and single ones."""
    shared = without_nulls((config.get("shared") or {}).get(section) or {})
    single = without_nulls((config.get(SECTION) or {}).get(cli) or {})
    named = [*shared.items(), *((said.get("name", label), said) for label, said in single.items())]
    return {(said.get("owner", ADMINISTRATOR), name): said for name, said in named}
