"""Several VMs from one declaration: the key `count`, and the keys that it excludes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..basics.errors import ArgumentError
from ..basics.values import object_name
from ..kinds.vm.several import repeated
from ..kinds.vnet.addresses import ADDRESSES
from ..model import leaves as a
from ..model.nodes import Key
from ..pillar.counted import COUNT, MOST, alike, members
from .persistent import Persistent
from .walk import Walk
from .words import below

COUNTED = {
    COUNT: Key(
        a.whole(0, MOST),
        "The number of VMs: `web-1`, `web-2` and so on in place of `web`, each a separate VM. If it is lowered, the "
        "VMs with the highest numbers are removed like any VM that is no longer declared.",
        "one VM, of that name",
        "3",
    )
}


def check_counted(path: str, name: str, said: Mapping[str, Any], user: str, persistent: Persistent, walk: Walk) -> None:
    """Check a declaration of several VMs.

    path, name
        The path and the name of the declaration.
    user
        Their owner.
    """
    count = alike(said)
    if count < 1:
        return
    try:
        object_name("VM", members(name, said)[-1])
    except ArgumentError as error:
        walk.fault(below(path, COUNT), str(error))
    if count == 1:
        return
    for where, address in _addresses(said):
        walk.fault(
            f"{path}.{where}",
            f"{address} cannot be the address of each of {count} VMs: leave it out, and OpenNebula gives each one of "
            "its own, or declare each VM by a name of its own",
        )
    for where, fault in repeated(said):
        walk.fault(f"{path}.{where}", f"{fault.format(count)}, or declare each VM by a name of its own")
    for where, image in persistent.used(said, user):
        walk.fault(
            f"{path}.{where}",
            f"{image} is persistent, so that only one VM can use it, not each of {count}: declare each VM by a name of "
            "its own, with an image of its own",
        )


def _addresses(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The addresses of NICs and aliases, with their paths."""
    for position, nic in enumerate(said.get("nics", ())):
        place = f"nics[{position}]"
        aliases = ((f"{place}.aliases[{number}]", each) for number, each in enumerate(nic.get("aliases") or ()))
        for where, each in ((place, nic), *aliases):
            found = ((key, text) for key, text in each.items() if key.upper() in ADDRESSES)
            yield from ((f"{where}.{key}", str(text)) for key, text in found)
