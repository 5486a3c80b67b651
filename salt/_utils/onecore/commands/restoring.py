"""Restore backups of VMs as new objects."""

from __future__ import annotations

import re
from typing import Any

from ..basics.errors import AnswerError
from ..basics.secrecy import quoted
from ..basics.syntax import render
from ..basics.values import YES_NO, Integer, object_name
from ..cloud.collection import Collection
from ..cloud.directory import DATASTORES, TEMPLATES
from ..cloud.view import Cloud
from .objects import find, identified

_COUNTED = Integer(0)
#: What the datastore's driver returns: the ID of the template, or -1 for none, and the IDs of the images.
_ANSWER = re.compile(r"(-1|[0-9]{1,10})((?:\s+[^\s]+)*)\s*")


def restore(
    cloud: Cloud,
    kind: Collection,
    target: Any,
    datastore: Any,
    name: Any = None,
    increment: Any = None,
    disk_id: Any = None,
    no_ip: Any = False,
    no_nic: Any = False,
    *,
    owner: str | None = None,
) -> dict[str, Any]:
    """Create a template and images from {a} of type ``BACKUP``; its VM does not need to exist. Returns their IDs as
    ``template`` (``None`` if only a disk is restored) and ``images``. They belong to the account.

    datastore
        The image datastore for the images, by name or ID.

    name
        Name of the template; the names of the images begin with it. Defaults to a name with the VM and the time.

    increment
        ID of the increment. Defaults to the last one.

    disk_id
        ID of the only disk to restore, without a template. Defaults to all disks.

    no_ip
        Whether the NICs of the template get any address. Defaults to ``False``: the addresses that the VM had.

    no_nic
        Whether to create the template without NICs. Defaults to ``False``.

    Rights: USE on the {title} and on the datastore, CREATE on IMAGE and TEMPLATE.

    {example} default {whose}
    {example} default name=web1-back no_ip=True
    """
    said: dict[str, Any] = {}
    if name is not None:
        said["NAME"] = object_name(TEMPLATES.title, name)
    for attribute, value in (("INCREMENT_ID", increment), ("DISK_ID", disk_id)):
        if value is not None:
            said[attribute] = _COUNTED.wanted(attribute.lower().replace("increment_id", "increment"), value)
    for attribute, flag in (("NO_IP", no_ip), ("NO_NIC", no_nic)):
        if YES_NO.wanted(attribute.lower(), flag):
            said[attribute] = True
    image, store = find(cloud, kind, target, owner), identified(cloud, DATASTORES, datastore)
    answer = str(cloud.call(f"{kind.prefix}.restore", image.id, store, render(said)))
    found = _ANSWER.fullmatch(answer)
    if found is None:
        raise AnswerError(f"{kind.prefix}.restore answered {quoted(answer)}, not the IDs of the new objects.")
    images = [int(word) for word in found[2].split() if re.fullmatch(r"[0-9]{1,10}", word)]
    return {"template": None if found[1] == "-1" else int(found[1]), "images": images}
