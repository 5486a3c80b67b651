"""Virtual routers: NICs that a group of VMs has in common, and those VMs.

A router is allocated and handed over as networks are; its VMs are instantiated as its owner, one by one, since each has
a context of its own. They are part of the router: they carry its mark and go with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from ...basics.errors import ArgumentError, NoExistsError, RefusedError
from ...basics.marks import MARK, Mark
from ...basics.plan import Change, Order
from ...basics.syntax import render
from ...basics.values import YES_NO, Integer
from ...basics.variables import Names
from ...cloud import campaign
from ...cloud.campaign import Procedure
from ...cloud.collection import Collection
from ...cloud.directory import ROUTERS, USERS, VMS
from ...cloud.resource import Resource
from ...cloud.resource import Vector as Present
from ...cloud.view import Cloud
from ...cloud.vm_states import is_untouched
from ...cloud.waiting import everyone, gone, refuse_broken, settled, together
from ...engine.removal import removal
from ...enrolment.tickets import MINION_VARIABLE, numbered
from ...model import handover, leaves, writers
from ...model.about import About
from ...model.attributes import Attributes
from ...model.context import CONTEXT_TEXTS, VARIABLES, arriving, declared, note
from ...model.digests import gathered, with_kept
from ...model.fields import GROUP, MANAGED, OWNER, OWNER_FROM, Attribute, Field, Permissions
from ...model.kind import Elder, Kind
from ...model.lock import LOCK, write_lock
from ...model.nics import ANEW, ATTACH, DETACH
from ...model.nodes import Key, Many, Node
from ...model.reading import Reading
from ...model.vectors import NIC, Vector
from ..vm.context import differences, merged, names, write_context
from ..vm.enrolment import Enrolment, token
from ..vm.fields import TEMPLATE_OWNER, MadeFrom, Wait
from ..vm.joining import networks_of, refuse_foreign_networks, vm_nics
from ..vm.kind import VM, refuse_other_owner, template_attributes, template_of
from ..vm.leases import declared as declared_nics
from ..vm.leases import leasing, refuse_taken
from ..vm.makings import refuse_unusable
from ..vm.nic import LIMITS, Nic
from ..vm.nic_changes import attached_anew
from ..vm.nic_groups import NicGroups
from ..vm.nics import NIC_ORDER, VmNics
from ..vm.requirements import refuse_unmakable
from ..vm.twins import elect, on_hold
from .checks import floats, refuse_other_numbers, refuse_others_permissions, refuse_shared_addresses, vms

#: What it takes away from such a NIC: what only administrators may say of one (prepare_nic_vm in VirtualRouter.cc).
_DROPPED = LIMITS | {"EXTERNAL", "FILTER", "FILTER_IP_SPOOFING", "FILTER_MAC_SPOOFING", "VLAN_ID", "VLAN_TAGGED_ID"}
#: How long a router may know a VM that is gone, in seconds.
LETTING_GO = 30
#: How many VMs a router may have.
MOST_VMS = 100


#: What a NIC of a router is made of in the pillar.
ROUTER_NIC = replace(
    NIC,
    title="a NIC of a virtual router",
    fields={
        **NIC.fields,
        "floating_ip": Key(leaves.BOOLEAN, "Whether its address is one that all VMs share.", "`false`", "true"),
    },
)


class RouterNics(VmNics):
    """The NICs of a router: as a VM's, and with ``floating_ip`` each may have an address that its VMs share.

    A router knows only what is declared for a NIC, and no way to change it: such a NIC is detached and attached again.
    """

    adjustable, joins = frozenset(), False

    def _nic(self, where: str, value: Any) -> Nic:
        found = super()._nic(where, value)
        if found.aliases is not None:
            raise ArgumentError(f"{where}.aliases: OpenNebula gives NICs of virtual routers none.")
        for name in _DROPPED & found.said.keys() if floats(found.attributes) else ():
            raise ArgumentError(f"{where}.{name.lower()}: OpenNebula drops it from a NIC with a floating address.")
        return found

    def present(self, resource: Resource) -> list[Present]:
        def shared(nic: Present) -> dict[str, str]:
            return {name: nic.get(f"VROUTER_{name}", nic.get(name, "")) for name in ("IP", "MAC")}

        return [nic.having(**shared(nic)) for nic in super().present(resource)]

    def own_node(self) -> Node:
        return Many(ROUTER_NIC)

    def said(self, resource: Resource, reading: Reading) -> list[dict[str, Any]] | None:
        found = super().said(resource, reading) or []
        floating = map(floats, self.present(resource))
        return [{**nic, "floating_ip": True} if each else nic for nic, each in zip(found, floating, strict=False)]

    def holders(self, cloud: Cloud, order: Order) -> list[Resource]:
        found = cloud.find(ROUTERS, order.name, order.owner)
        # One that was not handed over yet has its addresses already.
        made = [each for each in cloud.pool(ROUTERS).marked((ROUTERS.cli, order.user, order.name)) if each is not found]
        routers = [*([found] if found is not None else []), *made]
        return [*routers, *(vm for each in routers for vm in vms(cloud, each))]

    def is_there(self, each: Nic, old: Mapping[str, str], resource: Resource) -> bool:
        return each.fits(old) and floats(each.attributes) == floats(old)

    def _groups(self, cloud: Cloud, where: str, each: Nic, network: Resource | None, order: Order) -> NicGroups | None:
        found = super()._groups(cloud, where, each, network, order)
        return None if found is None else NicGroups(found.own)


@dataclass(frozen=True)
class Told:
    """The declared context of a router's VMs, and how to find those that are there."""

    texts: Mapping[str, str]
    vms: Callable[[Resource], list[Resource]] = lambda router: []


class RouterContext(Vector):
    """The context of the router's VMs: each declared variable is compared by itself, at each of them."""

    def said(self, resource: Resource, reading: Reading) -> None:
        """It is the VMs', which its template tells of."""

    def own_node(self) -> Node:
        return VARIABLES

    def wanted(self, value: Any) -> Told:
        return Told(declared(self.name, value))

    def resolve(self, cloud: Cloud, wanted: Told, order: Order) -> Told:
        texts = arriving(self.name, wanted.texts, lambda: _names(cloud, order))
        return Told(texts, lambda router: vms(cloud, router))

    def contribute(self, wanted: Told) -> dict[str, Any]:
        return {}

    def changes(self, resource: Resource | None, wanted: Told) -> Iterator[Change]:
        if resource is None:
            for name, old, new, _ in differences(None, wanted.texts):
                yield self.change(f"{self.name}:{name}", old, new)
            return
        for vm in wanted.vms(resource):
            for name, old, new, write in differences(vm, _texts(wanted.texts, vm.name)):
                yield self.change(f"{self.name}:{vm.name}:{name}", old, new, (vm, write))


@dataclass(frozen=True)
class Count:
    """How many VMs a router shall have, and how to find those that it has."""

    number: int
    standing: Callable[[Resource], list[Resource]]


class Vms(Field):
    """How many VMs the router has; one that a run has made and not released does not count yet, or never will."""

    default = 1
    type = Integer(0, MOST_VMS)

    def resolve(self, cloud: Cloud, wanted: int, order: Order) -> Count:
        return Count(wanted, lambda router: [each for each in vms(cloud, router) if not is_untouched(each)])

    def said(self, resource: Resource, reading: Reading) -> int:
        return len(resource.ids("VMS"))

    def changes(self, resource: Resource | None, wanted: Count) -> Iterator[Change]:
        present = 0 if resource is None else len(wanted.standing(resource))
        if present != wanted.number:
            yield self.change(self.name, None if resource is None else present, wanted.number, wanted.number)


_FIELDS = (
    MadeFrom(
        "template",
        required=True,
        doc="Name of the VM template its VMs are made from, one with the attribute ``VROUTER``.",
        example="router",
    ),
    TEMPLATE_OWNER,
    RouterNics(
        "nics",
        writer="nics",
        disruptive=True,
        doc=(
            "All NICs, in order: a list of mappings with ``network``, its ``owner`` where that is not the router's, "
            "``ip``, and any other attribute of a NIC. With ``floating_ip: true`` its address is one that all VMs "
            "share, and each has one of its own besides; without, the VM has the address. A network of another user "
            "who is no administrator needs ``shared: true``. ``security_groups`` are names, each of a group of the "
            "router's owner or else of oneadmin, and come besides those of the network. NICs are attached and detached "
            "one by one; one that is to have other attributes is detached and attached again, at all VMs, which takes "
            "``disruption: allow``. What a NIC does not say it keeps; ``null`` takes an attribute away."
        ),
        example="[{network: academie, ip: 192.168.0.1, floating_ip: true}]",
    ),
    Attribute(
        "keepalived_id",
        Integer(1, 255),
        doc="Number of the group of VMs, for keepalived in the guests.",
        otherwise="one made from the router's number",
        example="17",
    ),
    NIC_ORDER,
    RouterContext(
        "context",
        writer="context",
        disruptive=True,
        doc=(
            "Variables of the context of its VMs, by name: added to the template's when a VM is made, and updated on "
            "all of them afterwards, as those of ``onevm.present`` are. ``VM_NAME`` and ``SALT_MINION_ID``, if given, "
            "are made to fit each VM: the name is its own, and every VM but the first has its number added to the "
            f"minion id (``gw-alice``, ``gw-alice-1``). {CONTEXT_TEXTS}"
        ),
        example="{GATEWAY_DNS: 192.168.230.1}",
    ),
    Enrolment("enrolment"),
    Vms(
        "vms",
        writer="vms",
        disruptive=True,
        doc="How many VMs it has, called ``<name>-0`` and so on. Those that are too many are terminated, the youngest "
        "first.",
        example="2",
    ),
    Wait("wait"),
    OWNER,
    OWNER_FROM,
    GROUP,
    Permissions(
        "permissions",
        writer="chmod",
        doc=(
            "What owner, group and others may do with the router itself: for each the sum of USE (4), MANAGE (2) and "
            "ADMIN (1). OpenNebula 6 gives them to its VMs as well. OpenNebula 7 takes the numbers of its VMs for "
            "those of routers: while another router has such a number, a change is refused."
        ),
    ),
    LOCK,
    MANAGED,
)
#: What the daemon keeps among a router's attributes besides those of the fields.
_ELSEWHERE = {"TEMPLATE_ID": "use template instead", "VMS": "use vms instead"}


def _disturbing(order: Order, resource: Resource, changes: Sequence[Change]) -> list[Change]:
    """NICs that the router's VMs lose."""
    return attached_anew(changes) if resource.ids("VMS") else []


def _allocate(cloud: Cloud, order: Order, template: str) -> int:
    with leasing(cloud, declared_nics(order)):
        return cloud.call("one.vrouter.allocate", template)


_HANDED_OVER = handover.create(ROUTERS, _allocate)


def _create(cloud: Cloud, order: Order, attributes: dict[str, Any]) -> Procedure:
    """Make the router; where another run has made the same, the eldest stays, as with VMs."""
    number = yield from campaign.completed(_HANDED_OVER(cloud, order, attributes))
    if order.wanted["managed"].mark is None:
        return number
    yield everyone(ROUTERS, int(number), ROUTERS.describe(order.name, order.owner), None)
    twins = cloud.pool(ROUTERS).marked((ROUTERS.cli, order.user, order.name))
    first = ROUTERS.first(twins) if twins else None
    if first is None or first.id == number:
        return number
    cloud.call("one.vrouter.delete", int(number))
    cloud.forget(ROUTERS, number)
    return Elder(first.id)


def _check(cloud: Cloud, order: Order, resource: Resource | None) -> None:
    template = template_attributes(cloud, order) if resource is None else {}
    if resource is None and not YES_NO.stored(template.get("VROUTER", "")):
        name = order.wanted["template"]
        raise RefusedError(f"template: {name} is none for virtual routers: it needs the attribute VROUTER, with YES.")
    elif resource is not None and "template" not in order.wanted and len(resource.ids("VMS")) < order.wanted["vms"]:
        raise ArgumentError("template: to make further VMs, say which one.")
    refuse_shared_addresses(order, resource)
    if resource is not None:
        refuse_other_numbers(cloud, resource, VROUTER.changes(order, resource))
        refuse_others_permissions(cloud, order, resource)
    if resource is None:
        refuse_unmakable(template, {})
    refuse_other_owner(cloud, order.user, template)
    nics = list(vm_nics(order, resource, template, order.wanted.get("template", "")))
    refuse_foreign_networks(cloud, order.user, nics)
    own = "" if resource is None else str(resource.id)
    refuse_taken(cloud, order, lambda vm: bool(own) and vm.text("TEMPLATE/VROUTER_ID") == own)
    if resource is None:
        refuse_unusable(cloud, order, template_of(cloud, order), template, networks_of(cloud, order.user, nics))
    for each in vms(cloud, resource) if resource is not None else ():
        refuse_broken(VMS, each)


def _write_permissions(cloud: Cloud, router: Resource, changes: list[Change], order: Order) -> None:
    # OpenNebula 7 has done it by then, and looks for routers of the numbers of its VMs.
    with suppress(NoExistsError):
        cloud.call("one.vrouter.chmod", router.id, *changes[-1].write)


def _write_vms(cloud: Cloud, router: Resource, changes: list[Change], order: Order) -> Procedure:
    cloud.refresh(VMS, router.ids("VMS"))
    present, wanted = vms(cloud, router), changes[-1].write
    if len({each.name for each in present}) > wanted:
        # The youngest go; a VM that is a router's may be terminated by itself.
        yield from _terminate(cloud, router, sorted(present, key=lambda each: each.id)[wanted:])
        return
    taken = {each.name for each in present}
    free = (number for number in range(wanted) if _vm_name(order, number) not in taken)
    try:
        for number, _ in zip(free, range(wanted - len(taken)), strict=False):
            _instantiate(cloud, router, order, number)
    finally:
        # Whoever has made some: another run may have, too.
        cloud.reread(VMS, [order.owner])
    yield from _elect(cloud, router)
    now = cloud.read(ROUTERS, router.id)
    if order.wanted.get("wait", True):
        yield from _let_settle(cloud, now)
    else:
        cloud.refresh(VMS, now.ids("VMS"))


def _elect(cloud: Cloud, router: Resource) -> Procedure:
    """Release the router's VMs, each the only one of its name: another run may have made the same."""
    by_name: dict[str, list[Resource]] = {}
    for each in sorted(cloud.pool(VMS), key=lambda vm: vm.id):
        # A VM knows its router a moment before the router knows it.
        if each.text("TEMPLATE/VROUTER_ID") == str(router.id):
            by_name.setdefault(each.name, []).append(each)
    for twins in by_name.values():
        yield from elect(cloud, twins)


def _vm_name(order: Order, number: int) -> str:
    return f"{order.name}-{number}"


def vm_minion_id(vm: Resource, enrolment: Mapping[str, Any]) -> str:
    """The minion id of a VM, which may be one of a router's."""
    return numbered(enrolment["minion_id"], _number(vm.name) if VMS.is_part(vm) else 0)


def _number(name: str) -> int:
    """Which of a router's VMs bears a name."""
    number = name.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0


def _instantiate(cloud: Cloud, router: Resource, order: Order, number: int) -> None:
    """Make one VM, as the router's owner."""
    template = template_of(cloud, order)
    assert template is not None, "only a dry run counts on what is announced"
    name = _vm_name(order, number)
    mark = Mark.of(order.desired.managed, VMS.cli, name)
    extra: dict[str, Any] = {MARK: str(mark), **on_hold()} if mark else {}
    if order.owner != cloud.account:
        gid = router.gid if "group" in order.wanted else cloud.get(USERS, order.user).gid
        extra |= {"AS_UID": router.uid, "AS_GID": gid}
    texts = _texts(order.due("context").texts, name) if "context" in order.wanted else {}
    extra |= with_kept(None, gathered(note(variable, text) for variable, text in texts.items()))
    extra["CONTEXT"] = merged(template.attributes, {**texts, **_token(order, number)})
    with leasing(cloud, declared_nics(order)):
        cloud.call("one.vrouter.instantiate", router.id, 1, template.id, name, mark is not None, render(extra))


def _texts(texts: Mapping[str, str], name: str) -> dict[str, str]:
    """The declared context of the VM of that name: what tells one VM from another is its own."""
    own = {"VM_NAME": name, MINION_VARIABLE: numbered(texts.get(MINION_VARIABLE, ""), _number(name))}
    return {**texts, **{variable: text for variable, text in own.items() if variable in texts}}


def _token(order: Order, number: int) -> dict[str, str]:
    enrolment = order.wanted.get("enrolment")
    if enrolment is not None:
        enrolment = {**enrolment, "minion_id": numbered(enrolment["minion_id"], number)}
    return token(enrolment)


def _names(cloud: Cloud, order: Order) -> Names | None:
    """The names of the attributes that VMs of the router have; ``None`` where nobody says what they are made from."""
    if "template" not in order.wanted:
        return None
    return names({**template_attributes(cloud, order), **dict.fromkeys(("VROUTER_ID", "VROUTER_KEEPALIVED_ID"), "")})


def _write_context(cloud: Cloud, router: Resource, changes: list[Change], order: Order) -> Procedure:
    """Tell the VMs of their context."""
    yield from _let_settle(cloud, router)
    due: dict[int, list[Change]] = {}
    for change in changes:
        vm, write = change.write
        due.setdefault(vm.id, []).append(replace(change, write=write))
    for number, its in due.items():
        yield from write_context(cloud, cloud.pool(VMS).by_id[number], its, order)
    cloud.refresh(VMS, due)


def _write_nics(cloud: Cloud, router: Resource, changes: list[Change], order: Order) -> Procedure:
    """Detach and attach NICs, each at the router and, by OpenNebula, at all of its VMs."""
    yield from _let_settle(cloud, router)
    for change in changes:
        action, argument = change.write
        if action in (DETACH, ANEW):
            number = argument[0] if action == ANEW else argument
            cloud.call("one.vrouter.detachnic", router.id, number)
            yield from _let_settle(cloud, router)
        if action in (ATTACH, ANEW):
            nic = argument[-2]
            with leasing(cloud, [nic]):
                cloud.call("one.vrouter.attachnic", router.id, render({"NIC": nic}))
            yield from _let_settle(cloud, router)


def _let_settle(cloud: Cloud, router: Resource) -> Procedure:
    """Wait until all VMs of a router are ready for the next change."""
    waits = [settled(VMS, number, VMS.title) for number in router.ids("VMS")]
    if waits:
        yield together(cloud, waits)


def _remove(cloud: Cloud, router: Resource) -> Procedure:
    """Remove a router; OpenNebula terminates its VMs, and their addresses are free when they are gone."""
    cloud.call("one.vrouter.delete", router.id)
    waits = [gone(VMS, number, VMS.title) for number in router.ids("VMS")]
    if waits:
        yield together(cloud, waits)


def _terminate(cloud: Cloud, router: Resource, leaving: Sequence[Resource]) -> Procedure:
    """Terminate VMs of a router, and wait until it knows them no more, which is a moment after they are gone."""
    yield from removal(cloud, VM, *leaving)

    def forgotten(now: Resource | None) -> bool:
        return now is None or {each.id for each in leaving}.isdisjoint(now.ids("VMS"))

    def late(now: Resource | None) -> str:
        return f"vms: the router still has VMs that are gone after {LETTING_GO} s"

    what = "the router to let go of its VMs"
    yield campaign.Wait(ROUTERS, router.id, forgotten, what, LETTING_GO, late=late, at_once=True)


def _parts(cloud: Cloud, router: Resource) -> list[tuple[Collection, Resource]]:
    return [(VMS, each) for each in vms(cloud, router)]


VROUTER = Kind.of(
    ROUTERS,
    about=About(
        rights=(
            "the account is ``oneadmin``, or a member of its group; for its own routers, CREATE on VROUTER, and USE on "
            "template and networks. The owner needs USE on the template."
        ),
        example="gateway",
        declared="""
        - template: router
        - vms: 2
        - nics:
          - {network: EOLE, owner: oneadmin, ip: 192.168.230.11, floating_ip: true}
          - {network: academie, ip: 192.168.0.1, floating_ip: true}
        """,
        named="Its VMs are called ``<name>-0``, ``<name>-1`` and so on.",
        renamed="; its VMs are renamed with it and run on. Their guests are not notified.",
        removed=": its VMs are terminated without asking their guests.",
    ),
    fields=(*_FIELDS, Attributes(_FIELDS, elsewhere=_ELSEWHERE)),
    create=_create,
    writers={
        "owner": writers.give("one.vrouter"),
        "update": writers.update_whole(ROUTERS, apart=("NIC",)),
        "chown": writers.chown("one.vrouter"),
        # Before there are VMs: OpenNebula 7 takes their numbers for those of routers.
        "chmod": _write_permissions,
        "nics": _write_nics,
        "context": _write_context,
        "vms": _write_vms,
        "lock": write_lock("one.vrouter"),
    },
    remove=_remove,
    check=_check,
    disturbing=_disturbing,
    parts=_parts,
    frees=True,
)
