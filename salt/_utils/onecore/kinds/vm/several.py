"""Values that several VMs of one declaration cannot share: a persistent image, a minion ID."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...basics.errors import ArgumentError, RefusedError
from ...basics.plan import Order
from ...basics.values import YES_NO
from ...basics.variables import variables
from ...cloud.directory import IMAGES, VMS
from ...cloud.naming import listed
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...enrolment.tickets import MINION_VARIABLE

#: Context variables that identify a guest to others, and those that give its NICs addresses.
_NAMES = frozenset({MINION_VARIABLE, "SET_HOSTNAME", "HOSTNAME", "VM_NAME"})
_ADDRESS = re.compile(r"(ETH|PCI)\d+(_ALIAS\d+)?_(IP|IP6|MAC)", re.ASCII)
#: Variables that OpenNebula replaces with another value for each VM.
_ITS_OWN, _ITS_OWN_VECTORS = frozenset({"NAME", "VMID"}), frozenset({"NIC", "NIC_ALIAS"})
#: Items of the configuration that must be unique.
_CONFIGURATION = (("os", "UUID"),)


def repeated(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The declared values that must be unique for each of several VMs, with what to do instead.

    said
        The arguments of the VMs: ``context`` and the configuration are checked.
    """
    for name, text in (said.get("context") or {}).items():
        variable = str(name).upper()
        if (variable in _NAMES or _ADDRESS.fullmatch(variable)) and text not in (None, "") and not _differs(str(text)):
            instead = "write $NAME, which stands for the name of each" if variable in _NAMES else "leave it out"
            yield f"context.{name}", f"{text} cannot be that of each of {{}} VMs: {instead}"
    for argument, item in _CONFIGURATION:
        for name, text in (said.get(argument) or {}).items():
            if str(name).upper() == item and text not in (None, ""):
                yield f"{argument}.{name}", f"{text} cannot be that of each of {{}} VMs: leave it out"


def _differs(text: str) -> bool:
    """Whether OpenNebula gives each VM another value."""
    return any(
        each.name.upper() in _ITS_OWN_VECTORS if each.is_vector else each.name.upper() in _ITS_OWN
        for each in variables(text) or ()
    )


def refuse_repeated(order: Order, template: Mapping[str, Any]) -> None:
    """Raise ArgumentError for a context that several VMs of one declaration cannot share.

    template
        The attributes of the template of a new VM.
    """
    if order.desired.alike < 2:
        return
    context = order.desired.values.get("context") or {}
    said = {str(name).upper(): text for name, text in context.items()}
    inherited = template.get("CONTEXT")
    every = {**(inherited if isinstance(inherited, Mapping) else {}), **said}
    for where, fault in repeated({**order.desired.values, "context": every}):
        raise ArgumentError(f"{where}: {fault.format(order.desired.alike)}.")


def refuse_used(cloud: Cloud, order: Order, name: str, owner: str, where: str, number: int) -> None:
    """Raise RefusedError for a persistent image that another VM uses.

    where
        The place of the reference, as the beginning of the message.
    number
        How many VMs would use it.
    """
    image = cloud.find(IMAGES, name, owner)
    if not _is_persistent(cloud, image, name, owner):
        return
    subject = IMAGES.describe(name, owner)
    if number > 1:
        raise RefusedError(f"{where}{subject} is persistent: only one VM can use it, not each of {number}.")
    user = _announced_user(cloud, order, name, owner) or ("" if image is None else _user(cloud, order, image))
    if user:
        raise RefusedError(f"{where}{subject} is persistent, and in use by {user}.")
    order.alone.add((IMAGES.cli, owner, name))


def _is_persistent(cloud: Cloud, image: Resource | None, name: str, owner: str) -> bool:
    """Whether an image is persistent, or will be after the announced changes."""
    announced = cloud.announced(IMAGES, name, owner)
    if announced is not None and "persistent" in announced.wanted:
        return bool(announced.wanted["persistent"])
    return image is not None and YES_NO.stored(image.text("PERSISTENT"))


def _announced_user(cloud: Cloud, order: Order, name: str, owner: str) -> str:
    """The VM that would use the image after the announced changes of a dry run, as text."""
    for each in cloud.every_announced(VMS):
        if (IMAGES.cli, owner, name) in each.alone and (each.owner, each.name) != (order.owner, order.name):
            return VMS.describe(each.name, each.owner)
    return ""


def _user(cloud: Cloud, order: Order, image: Resource) -> str:
    """The VM that uses the image, as text; a VM that is about to be replaced does not count."""
    # Read again: another VM of this run may use it since.
    numbers = cloud.read(IMAGES, image.id).ids("VMS")
    vms = cloud.pool(VMS).by_id if numbers else {}

    def is_other(number: int) -> bool:
        same = number in vms and (vms[number].owner, vms[number].name) == (order.owner, order.name)
        return not same and not cloud.leaving(VMS.cli, number)

    others = list(filter(is_other, numbers))
    return listed(VMS, others, vms) if others else ""
