"""The limits that a quota can have: what they count, and the objects that they apply to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..basics.values import Integer, Megabytes, Number
from ..cloud.collection import Collection
from ..cloud.directory import CLUSTERS, DATASTORES, IMAGES, NETWORKS
from . import leaves
from .arguments import UNCHANGED, Option
from .nodes import Each, Either, Key, Keys, Many, Node

DEFAULT, UNLIMITED = -1, -2


class _Cpu(Number):
    wants = "a number of CPUs, 0, -1 or -2"

    def wanted(self, name: str, value: Any) -> str:
        return str(value).strip() if str(value).strip() in ("0", "-1", "-2") else super().wanted(name, value)


COUNT, _SIZE, _CPU = Integer(UNLIMITED), Megabytes(special=True), _Cpu()


@dataclass(frozen=True)
class Section:
    """Limits of named objects.

    section
        The name of the section in OpenNebula.
    what
        The name of one object.
    kind
        The collection of these objects.
    several
        Whether a limit can apply to several objects together.
    metrics
        The limits of each object.
    doc, example
        The documentation.
    """

    section: str
    what: str
    kind: Collection
    metrics: Mapping[str, Option]
    doc: str
    example: str
    several: bool = False

    @property
    def key(self) -> Key:
        """The pillar's key: a dictionary for each object, or only the number if there is one limit."""
        limits = Keys(f"the limits of one {self.what}", {**self._named(), **_keys(self.metrics)})
        node: Node = Either((leaves.of(COUNT), limits)) if len(self.metrics) == 1 else limits
        return Key(Each(self.what, leaves.name(self.what), node), self.doc, UNCHANGED, self.example)

    @property
    def word(self) -> str:
        """The key that names the object, or objects, unless the name of the entry does."""
        return f"{self.what}s" if self.several else self.what

    def _named(self) -> dict[str, Key]:
        """The keys that name the objects of the limits."""
        whose = f"the name of the entry, if this is no {self.what}"
        if self.several:
            listed = Many(leaves.name(self.what))
            return {self.word: Key(listed, f"Which {self.what}s, together.", whose, "[north, south]")}
        found = {self.word: Key(leaves.name(self.what), f"Which {self.what}.", whose, self.what)}
        if self.kind.per_owner:
            found["owner"] = Key(leaves.name("user"), "Whose.", "the account that Salt connects as", "alice")
        return found


def _named(*metrics: Option) -> dict[str, Option]:
    return {each.name: each for each in metrics}


def _keys(metrics: Mapping[str, Option]) -> dict[str, Key]:
    return {name: each.key() for name, each in metrics.items()}


#: The limits of VMs, of a whole cloud or of clusters.
OF_VMS = _named(
    Option("vms", COUNT, doc="VMs.", example="30"),
    Option("cpu", _CPU, doc="CPU shares of all VMs.", example="16"),
    Option("memory", _SIZE, doc="Memory of all VMs.", example="64G"),
    Option("running_vms", COUNT, doc="Running VMs.", example="20"),
    Option("running_cpu", _CPU, doc="CPU shares of running VMs.", example="8"),
    Option("running_memory", _SIZE, doc="Memory of running VMs.", example="32G"),
    Option("system_disk_size", _SIZE, doc="Space in system datastores.", example="500G"),
)
#: Limits of named objects, by the key that contains them.
SECTIONS = {
    "networks": Section(
        "NETWORK",
        "network",
        NETWORKS,
        _named(Option("leases", COUNT, doc="Addresses in use.", example="20")),
        "Addresses in use, in the account's networks, or in one of an `owner`'s.",
        "{EOLE: 20}",
    ),
    "datastores": Section(
        "DATASTORE",
        "datastore",
        DATASTORES,
        _named(
            Option("size", _SIZE, doc="Space that the images take.", example="100G"),
            Option("images", COUNT, doc="Number of images.", example="10"),
        ),
        "Images.",
        "{default: {size: 100G, images: 10}}",
    ),
    "images": Section(
        "IMAGE",
        "image",
        IMAGES,
        _named(Option("rvms", COUNT, doc="Running VMs.", example="5")),
        "Running VMs on the account's images, or on one of an `owner`'s.",
        "{debian-12: 5}",
    ),
    "clusters": Section(
        "VM",
        "cluster",
        CLUSTERS,
        OF_VMS,
        "VMs in clusters, separately or several together. They need OpenNebula 7, and have no defaults.",
        "{north: {vms: 10}, rest: {clusters: [east, west], vms: 20}}",
        several=True,
    ),
}
QUOTA = Keys(
    "quotas", {**_keys(OF_VMS), **{name: each.key for name, each in SECTIONS.items()}}, others=leaves.of(COUNT)
)
