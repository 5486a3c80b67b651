"""The number of VMs of a virtual router: missing ones are created, surplus ones are terminated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ...basics.marks import MARK, Mark
from ...basics.plan import Change, Order
from ...basics.syntax import render
from ...basics.values import Integer
from ...cloud.directory import ROUTERS, USERS, VMS
from ...cloud.procedure import Procedure, Wait
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...cloud.vm_states import is_untouched
from ...engine.removal import removal
from ...enrolment.tickets import numbered
from ...model.context import note
from ...model.digests import gathered, with_kept
from ...model.fields import Field
from ...model.reading import Reading
from ..vm.context import merged
from ..vm.duplicates import elect, on_hold
from ..vm.enrolment import token
from ..vm.kind import VM
from ..vm.leases import declared as declared_nics
from ..vm.leases import leasing
from ..vm.template import template_of
from .context import texts_of
from .machine import bring, declared_size
from .members import MOST_VMS, let_settle, standing, vm_name, vms

#: How long a router may list a terminated VM, in seconds.
LETTING_GO = 30


#: The current number of VMs.
_AS_MANY = "as many"


@dataclass(frozen=True)
class Count:
    """The declared number of VMs, and functions that find the existing ones, and those that have never started.

    number
        The declared number; ``None`` if it is not declared.
    least
        The minimum if no number is declared.
    """

    number: int | None
    least: int
    standing: Callable[[Resource], list[Resource]]
    unused: Callable[[Resource], list[Resource]]

    def present(self, router: Resource | None) -> int:
        """The number of existing VMs."""
        return 0 if router is None else len(self.standing(router))

    def due(self, router: Resource | None) -> int:
        """The desired number of VMs."""
        return max(self.present(router), self.least) if self.number is None else self.number


class Vms(Field):
    """The number of VMs; VMs that are still on hold do not count yet, or will be removed.

    If there are enough without them, they are duplicates that an interrupted run created.
    """

    unsaid = _AS_MANY
    type = Integer(0, MOST_VMS)

    def resolve(self, cloud: Cloud, wanted: Any, order: Order) -> Count:
        # An interrupted run may have left a router without VMs; without a template no VM is created.
        least = 1 if "template" in order.wanted else 0
        number = None if wanted == _AS_MANY else wanted
        return Count(number, least, partial(standing, cloud), partial(_unused, cloud))

    def said(self, resource: Resource, reading: Reading) -> int:
        return len(resource.ids("VMS"))

    def changes(self, resource: Resource | None, wanted: Count) -> Iterator[Change]:
        present, due = wanted.present(resource), wanted.due(resource)
        if present != due:
            yield self.change(self.name, None if resource is None else present, due, due)
            return
        for each in wanted.unused(resource) if resource is not None else ():
            yield self.change(f"{self.name}:{each.name}", f"ID {each.id}, never used", None, due, disruptive=False)


def _unused(cloud: Cloud, router: Resource) -> list[Resource]:
    return [each for each in vms(cloud, router) if is_untouched(each)]


def fewer(changes: Iterable[Change]) -> list[Change]:
    """The changes that terminate VMs, with the data on their disks."""
    return [change for change in changes if change.path == "vms" and (change.old or 0) > change.new]


def write_vms(cloud: Cloud, router: Resource, changes: list[Change], order: Order) -> Procedure:
    """Create missing VMs, or terminate surplus ones."""
    cloud.refresh(VMS, router.ids("VMS"))
    present, wanted = vms(cloud, router), changes[-1].write
    if len({each.name for each in present}) > wanted:
        # Those that were never started and the youngest are terminated; a VM of a router can be terminated separately.
        ordered = sorted(present, key=lambda each: (is_untouched(each), each.id))
        yield from _terminate(cloud, router, ordered[wanted:])
        return
    taken = {each.name for each in present}
    free = (number for number in range(wanted) if vm_name(order, number) not in taken)
    try:
        for number, _ in zip(free, range(wanted - len(taken)), strict=False):
            _instantiate(cloud, router, order, number)
    finally:
        # Read again: another run may have created some.
        cloud.reread(VMS, [order.owner])
    yield from _elect(cloud, router)
    now = cloud.read(ROUTERS, router.id)
    if order.wanted.get("wait", True):
        yield from let_settle(cloud, now)
    else:
        cloud.refresh(VMS, now.ids("VMS"))
    if "power" in order.wanted:
        yield from bring(cloud, standing(cloud, now), order.wanted["power"])


def _elect(cloud: Cloud, router: Resource) -> Procedure:
    """Release the router's VMs, each the only one of its name: another run may have created the same ones."""
    by_name: dict[str, list[Resource]] = {}
    for each in sorted(cloud.pool(VMS), key=lambda vm: vm.id):
        # A VM refers to its router a moment before the router lists the VM.
        if each.text("TEMPLATE/VROUTER_ID") == str(router.id):
            by_name.setdefault(each.name, []).append(each)
    for duplicates in by_name.values():
        yield from elect(cloud, duplicates)


def _instantiate(cloud: Cloud, router: Resource, order: Order, number: int) -> None:
    """Create one VM as the router's owner."""
    template = template_of(cloud, order)
    assert template is not None, "only a dry run counts on what is announced"
    name = vm_name(order, number)
    mark = Mark.of(order.desired.managed, VMS.cli, name)
    extra: dict[str, Any] = {MARK: str(mark), **on_hold()} if mark else {}
    if order.owner != cloud.account:
        gid = router.gid if "group" in order.wanted else cloud.get(USERS, order.user).gid
        extra |= {"AS_UID": router.uid, "AS_GID": gid}
    texts = texts_of(order.due("context").texts, name) if "context" in order.wanted else {}
    extra |= with_kept(None, gathered(note(variable, text) for variable, text in texts.items()))
    extra |= declared_size(order)
    extra["CONTEXT"] = merged(template.attributes, {**texts, **_token(order, number)})
    with leasing(cloud, declared_nics(order)):
        cloud.call("one.vrouter.instantiate", router.id, 1, template.id, name, mark is not None, render(extra))


def _token(order: Order, number: int) -> dict[str, str]:
    enrolment = order.wanted.get("enrolment")
    if enrolment is not None:
        enrolment = {**enrolment, "minion_id": numbered(enrolment["minion_id"], number)}
    return token(enrolment)


def _terminate(cloud: Cloud, router: Resource, leaving: Sequence[Resource]) -> Procedure:
    """Terminate VMs of a router, and wait until the router no longer lists them."""
    yield from removal(cloud, VM, *leaving)

    def forgotten(now: Resource | None) -> bool:
        return now is None or {each.id for each in leaving}.isdisjoint(now.ids("VMS"))

    def late(now: Resource | None) -> str:
        return f"vms: the router still has VMs that are gone after {LETTING_GO} s"

    what = "the router to release its VMs"
    yield Wait(ROUTERS, router.id, forgotten, what, LETTING_GO, late=late, at_once=True)
