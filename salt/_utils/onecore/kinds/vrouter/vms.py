"""How many VMs a virtual router has: further ones are made, and those that are too many go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...basics.marks import MARK, Mark
from ...basics.plan import Change, Order
from ...basics.syntax import render
from ...basics.values import Integer
from ...cloud import campaign
from ...cloud.campaign import Procedure
from ...cloud.directory import ROUTERS, USERS, VMS
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...engine.removal import removal
from ...enrolment.tickets import numbered
from ...model.context import note
from ...model.digests import gathered, with_kept
from ...model.fields import Field
from ...model.reading import Reading
from ..vm.context import merged
from ..vm.enrolment import token
from ..vm.kind import VM
from ..vm.leases import declared as declared_nics
from ..vm.leases import leasing
from ..vm.template import template_of
from ..vm.twins import elect, on_hold
from .context import texts_of
from .machine import bring, declared_size
from .members import MOST_VMS, let_settle, standing, vm_name, vms

#: How long a router may know a VM that is gone, in seconds.
LETTING_GO = 30


#: As many VMs as there are.
_AS_MANY = "as many"


@dataclass(frozen=True)
class Count:
    """How many VMs a router shall have, and how to find those that it has.

    number
        As many as declared; ``None`` where nothing is.
    least
        How many it has at least where nothing is declared.
    """

    number: int | None
    least: int
    standing: Callable[[Resource], list[Resource]]

    def present(self, router: Resource | None) -> int:
        """How many VMs there are."""
        return 0 if router is None else len(self.standing(router))

    def due(self, router: Resource | None) -> int:
        """How many VMs there shall be."""
        return max(self.present(router), self.least) if self.number is None else self.number


class Vms(Field):
    """How many VMs the router has; one that a run has made and not released does not count yet, or never will."""

    unsaid = _AS_MANY
    type = Integer(0, MOST_VMS)

    def resolve(self, cloud: Cloud, wanted: Any, order: Order) -> Count:
        # A run that died may have left a router without its VM; what says no template makes none.
        least = 1 if "template" in order.wanted else 0
        return Count(None if wanted == _AS_MANY else wanted, least, lambda router: standing(cloud, router))

    def said(self, resource: Resource, reading: Reading) -> int:
        return len(resource.ids("VMS"))

    def changes(self, resource: Resource | None, wanted: Count) -> Iterator[Change]:
        present, due = wanted.present(resource), wanted.due(resource)
        if present != due:
            yield self.change(self.name, None if resource is None else present, due, due)


def fewer(changes: Iterable[Change]) -> list[Change]:
    """The changes by which VMs go, with what was written on their disks."""
    return [change for change in changes if change.field == "vms" and (change.old or 0) > change.new]


def write_vms(cloud: Cloud, router: Resource, changes: list[Change], order: Order) -> Procedure:
    """Make the VMs that lack, or terminate those that are too many."""
    cloud.refresh(VMS, router.ids("VMS"))
    present, wanted = vms(cloud, router), changes[-1].write
    if len({each.name for each in present}) > wanted:
        # The youngest go; a VM that is a router's may be terminated by itself.
        yield from _terminate(cloud, router, sorted(present, key=lambda each: each.id)[wanted:])
        return
    taken = {each.name for each in present}
    free = (number for number in range(wanted) if vm_name(order, number) not in taken)
    try:
        for number, _ in zip(free, range(wanted - len(taken)), strict=False):
            _instantiate(cloud, router, order, number)
    finally:
        # Whoever has made some: another run may have, too.
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
    """Release the router's VMs, each the only one of its name: another run may have made the same."""
    by_name: dict[str, list[Resource]] = {}
    for each in sorted(cloud.pool(VMS), key=lambda vm: vm.id):
        # A VM knows its router a moment before the router knows it.
        if each.text("TEMPLATE/VROUTER_ID") == str(router.id):
            by_name.setdefault(each.name, []).append(each)
    for twins in by_name.values():
        yield from elect(cloud, twins)


def _instantiate(cloud: Cloud, router: Resource, order: Order, number: int) -> None:
    """Make one VM, as the router's owner."""
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
    """Terminate VMs of a router, and wait until it knows them no more, which is a moment after they are gone."""
    yield from removal(cloud, VM, *leaving)

    def forgotten(now: Resource | None) -> bool:
        return now is None or {each.id for each in leaving}.isdisjoint(now.ids("VMS"))

    def late(now: Resource | None) -> str:
        return f"vms: the router still has VMs that are gone after {LETTING_GO} s"

    what = "the router to let go of its VMs"
    yield campaign.Wait(ROUTERS, router.id, forgotten, what, LETTING_GO, late=late, at_once=True)
