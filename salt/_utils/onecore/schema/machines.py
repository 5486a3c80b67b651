"""Cross-checks of VMs: no duplicate address, and no template without required values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from ..basics.values import ADMINISTRATOR
from ..kinds.vm.requirements import NEEDED, ROUTERS_ONLY, disk_fault, lacking, router_fault
from ..model.vectors import SIZE
from ..pillar.gateways import lan_addresses
from ..pillar.networks import address_ranges, contains, leasable_router, number
from .view import NOBODY, View
from .vmgroups import check_role
from .walk import Walk
from .words import below

#: The owner and the name of a network, and an address in it as a number.
Place = tuple[str, str, int]


def check_templates(shared: Mapping[str, Any], walk: Walk) -> None:
    """Check that VMs can be created with the disks of shared templates."""
    images = {(each.get("owner", ADMINISTRATOR), name): each for name, each in shared.get("images", {}).items()}
    for name, template in shared.get("templates", {}).items():
        for position, disk in enumerate(template.get("disks", ())):
            path = below("shared.templates", name, f"disks[{position}]")
            fault = disk_fault({key.upper(): value for key, value in disk.items()})
            if fault and not any(path in each for each in walk.blamed):
                walk.fault(path, fault)
            image = images.get((disk.get("owner"), disk.get("image")), {})
            if "path" not in image and {"size"} <= disk.keys() & image.keys():
                _check_size(disk["size"], image["size"], disk["image"], f"{path}.size", walk)


def _check_size(given: Any, least: Any, image: str, path: str, walk: Walk) -> None:
    if SIZE.wanted("", given) < SIZE.wanted("", least):
        walk.fault(path, f"{given} is less than the size of image {image}, {least}")


class Machines:
    """The VMs of all users: gateways, and VMs of labs.

    shared
        The shared objects.
    """

    def __init__(self, shared: Mapping[str, Any]):
        self._templates = {
            (each.get("owner", ADMINISTRATOR), name): each for name, each in shared.get("templates", {}).items()
        }
        #: The user of each address of other users' networks.
        self._taken: dict[Place, str] = {}

    def check(self, view: View, walk: Walk) -> None:
        """Check the VMs of one infrastructure."""
        known = {}
        if view.has_gateway:
            known = dict.fromkeys(_of_the_gateway(view), "the gateway")
            self._check_template(view, ("gateway",), view.gateway, walk)
        for lab, machines in view.whole.get("labs", {}).items():
            # One lab may be destroyed before another one gets its addresses.
            places = dict(known)
            for name, machine in machines.items():
                self._check_template(view, ("labs", lab, name), machine, walk)
                for path, place, address in _addresses(view, ("labs", lab, name), machine):
                    self._check_address(view, path, place, address, f"VM {name}", places, walk)

    def _check_address(
        self, view: View, path: str, place: Place, address: str, who: str, places: dict[Place, str], walk: Walk
    ) -> None:
        owner, network, _ = place
        holder = places.setdefault(place, who)
        if view.user is not None and owner != view.user:
            other = self._taken.setdefault(place, f"{who} of {view.user}")
            holder = holder if other == f"{who} of {view.user}" else other
        if holder != who:
            walk.fault(path, f"{address} is already the address of {holder} on network {network}")
        elif owner == (view.user or NOBODY) and network in view.networks:
            _check_leasable(view, path, network, address, walk)

    def _check_template(self, view: View, place: tuple[str, ...], said: Mapping[str, Any], walk: Walk) -> None:
        """Check that a VM has all required values, from its template or its declaration."""
        check_role(said, partial(view.path, *place), walk, view.whole.get("vm_groups"))
        template = self._templates.get((said.get("template_owner", ADMINISTRATOR), said.get("template")))
        if template is None or not walk.blamed.isdisjoint(
            below("shared.templates", said["template"], key) for key in NEEDED
        ):
            return
        for key in lacking({**template, **said}):
            walk.fault(view.path(*place, "template"), f"template {said['template']} has no {key}, which a VM needs")
        # A template that exists may have attributes that are not declared: without the attribute, a run decides.
        attributes = template.get("attributes") or {}
        known = any(str(each).upper() == ROUTERS_ONLY for each in attributes)
        fault = router_fault(attributes, "virtual_router" in said) if known else ""
        if fault:
            walk.fault(view.path(*place, "template"), f"template {said['template']} {fault}")


def _of_the_gateway(view: View) -> Iterator[Place]:
    owner = view.user or NOBODY
    for name, address in lan_addresses(view.whole).items():
        yield owner, name, number(address)


def _addresses(view: View, place: tuple[str, ...], machine: Mapping[str, Any]) -> Iterator[tuple[str, Place, str]]:
    """The declared addresses of a VM: the path, the network and the address of each."""
    for position, nic in enumerate(machine.get("nics", ())):
        if "ip" in nic and "network" in nic:
            owner = nic.get("owner", view.user or NOBODY)
            path = f"{view.path(*place, 'nics')}[{position}].ip"
            yield path, (owner, nic["network"], number(nic["ip"])), nic["ip"]


def _check_leasable(view: View, path: str, name: str, address: str, walk: Walk) -> None:
    network = view.networks[name]
    router = lan_addresses(view.whole).get(name) or leasable_router(network, view.whole)
    ranges: Iterable[Mapping[str, Any]] = address_ranges(network, router).values()
    if ranges and not any(contains(each, address) for each in ranges):
        walk.fault(path, f"{address} is in no address range of {name}, so OpenNebula cannot lease it")
