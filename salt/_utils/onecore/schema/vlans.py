"""Cross-checks of the isolation of networks: the values that the driver needs, and a unique VLAN."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ..basics.values import HIGHEST_VLAN, HIGHEST_VXLAN
from ..model.vlans import OF_VXLAN, TRUNK, Span, carried
from ..pillar.networks import DRIVER, VLAN_ARGUMENT, link
from .addresses import Where
from .view import View
from .walk import Walk
from .words import below

NEED_A_DEVICE = ("802.1Q", "vxlan", "ovswitch_vxlan")
NEED_A_BRIDGE = ("dummy",)
_NUMBERS = ("vlan_id", "outer_vlan_id", "automatic_vlan_id", "automatic_outer_vlan_id")


def check_link(network: Mapping[str, Any], whole: Mapping[str, Any], where: Where, vlans: str, walk: Walk) -> None:
    """Check that a network has what its driver needs.

    whole
        All settings of its user; empty for a shared network.
    where, vlans
        Return the paths of the network and of the blueprint's ``vlans``.
    """
    if "reserved_from" in network:
        _check_reservation(network, where, walk)
        return
    if "template" in network:
        for key in (key for key in ("vlan",) if key in network):
            walk.fault(where(key), "is not possible for a network from a template, which determines its VLAN")
        return
    values = link(network, whole)
    driver = values["driver"]
    argument = VLAN_ARGUMENT.get(driver)
    if driver in NEED_A_DEVICE and "phydev" not in values:
        at = where() if network.get("driver") else vlans
        walk.require(at, f"driver {driver} needs phydev", where("phydev"), below(vlans, "phydev"))
    if driver in NEED_A_BRIDGE and "bridge" not in network:
        walk.require(where(), f"driver {driver} needs bridge", where("bridge"))
    if argument is None:
        if "vlan" in network:
            walk.fault(where("vlan"), f"driver {driver} has no VLANs")
        return
    automatic = f"automatic_{argument}"
    if argument in network and network.get(automatic):
        walk.fault(where(automatic), f"conflicts with {argument}; declare one of the two")
    # Open vSwitch networks work without a VLAN; the others do not.
    if driver in NEED_A_DEVICE and "vlan" not in network and not values.keys() & {argument, automatic}:
        numbered = f"vlan (the offset to vlan_base), {argument}" if whole else argument
        walk.require(where(), f"needs {numbered} or {automatic}: true", *map(where, ("vlan", argument, automatic)))


def _check_reservation(network: Mapping[str, Any], where: Where, walk: Walk) -> None:
    """Check a reservation."""
    for key in ("network", "size"):
        if key not in network["reserved_from"]:
            walk.require(where("reserved_from", key), "is required")
    of_a_network = ("driver", "phydev", "bridge", "vlan", *_NUMBERS, "address_ranges", "first", "size", "cidr6")
    for key in (key for key in of_a_network if key in network):
        walk.fault(where(key), "is not possible for a reservation, which gets it from its network")


def check_bounds(vlans: Mapping[str, Any], where: Where, walk: Walk) -> None:
    """Check the limits of a blueprint's VLAN numbers."""
    first, last = vlans.get("first", 1), vlans.get("last", highest(vlans.get("driver", DRIVER)))
    if first > last:
        walk.fault(where("first"), f"{first} is above last, {last}")
    if last > highest(vlans.get("driver", DRIVER)):
        walk.fault(
            where("last"), f"{last} is above {highest(vlans.get('driver', DRIVER))}, the highest possible number"
        )


def highest(driver: str) -> int:
    return HIGHEST_VXLAN if driver in OF_VXLAN else HIGHEST_VLAN


@dataclass(frozen=True)
class Use:
    """A network's use of a VLAN number.

    key
        The key of the number in the network, with its path.
    base
        The path of the ``vlan_base`` that is part of the number, if any.
    own
        Whether a user declares something for the network.
    """

    number: int
    network: str
    user: str | None
    where: Where
    key: str
    base: str | None = None
    own: bool = False

    @property
    def path(self) -> str:
        """The path at which to change the number in a conflict with another user."""
        return self.base or self.where(self.key)

    def __str__(self) -> str:
        return f"network {self.network} of {self.user}" if self.user else f"the shared network {self.network}"


class Vlans:
    """All VLAN numbers in use: each must be unique on its device and within the limits."""

    def __init__(self, walk: Walk):
        self.walk = walk
        self.taken: dict[tuple[bool, str, int], Use] = {}
        #: The VLANs that trunks of users carry, by the network; shared trunks may carry those of users.
        self.trunks: list[tuple[Span, Use]] = []
        #: Many networks of a user conflict for one reason: one text for each path and reason.
        self.found: dict[tuple[str, str], list[str]] = {}

    def add_shared(self, name: str, network: Mapping[str, Any]) -> None:
        values = link(network, {})
        key = VLAN_ARGUMENT.get(values.get("driver", ""))
        if key is not None and values.get(key) is not None:
            use = Use(values[key], name, None, partial(below, "shared.networks", name), key)
            self._add(use, values, network.get("bridge"), {})

    def add_user(self, view: View) -> None:
        if view.user is None:
            return
        base = below("users", view.user, "vlan_base")
        allowed = view.whole.get("vlans", {})
        for name, network in view.networks.items():
            values = link(network, view.whole)
            argument = VLAN_ARGUMENT.get(values.get("driver", ""))
            where = partial(view.path, "networks", name)
            self._add_trunk(network, values, Use(0, name, view.user, where, TRUNK))
            if argument is not None and values.get(argument) is not None:
                offset = argument not in network
                key, own = "vlan" if offset else argument, view.says("networks", name)
                use = Use(values[argument], name, view.user, where, key, base if offset else None, own)
                self._add(use, values, network.get("bridge"), allowed)
            elif argument and "vlan" in network and f"automatic_{argument}" not in values:
                self.walk.require(base, "is required: the vlan of each network is added to it")

    def _add(self, use: Use, values: Mapping[str, Any], bridge: str | None, allowed: Mapping[str, Any]) -> None:
        driver = values["driver"]
        low, high = allowed.get("first", 1), min(allowed.get("last", highest(driver)), highest(driver))
        if not low <= use.number <= high:
            text = f"VLAN {use.number} of network {use.network} is outside {low} to {high}"
            self.found.setdefault((use.path, "outside"), []).append(text)
        device = values.get("phydev") or bridge
        if device is None:
            return
        holder = self.taken.setdefault((driver in OF_VXLAN, device, use.number), use)
        if holder is use:
            return
        if holder.user == use.user:
            # Reported at the network that the user declares.
            said, other = (holder, use) if holder.own and not use.own else (use, holder)
            path = below("users", said.user, "networks", said.network, said.key) if said.own else said.where(said.key)
            self.walk.fault(path, f"is on the same VLAN as network {other.network}")
        else:
            # A user's own number conflicts with all numbers from a ``vlan_base``.
            said, other = (holder, use) if holder.own and not holder.base and use.base else (use, holder)
            text = f"VLAN {use.number} of network {said.network} is already that of {other}"
            self.found.setdefault((said.path, str(other.user)), []).append(text)

    def _add_trunk(self, network: Mapping[str, Any], values: Mapping[str, Any], use: Use) -> None:
        attributes = network.get("attributes") or {}
        device = str(network.get("phydev") or values.get("phydev") or network.get("bridge") or "")
        for key in (key for key in attributes if str(key).upper() == TRUNK and device):
            spans = carried(values["driver"], device, str(attributes[key]))
            self.trunks += [(span, replace(use, key=key)) for span in spans]

    def _check_trunks(self) -> None:
        """Check that no user's trunk carries a VLAN of another user, or of everybody."""
        taken = [(Span(*key, key[2]), use) for key, use in self.taken.items()] if self.trunks else []
        for place, (span, use) in enumerate(self.trunks):
            for other, holder in (*taken, *self.trunks[:place]):
                if span.meets(other) and holder.user != use.user:
                    text = f"VLAN {other} of its trunk is already that of {holder}"
                    self.found.setdefault((use.where("attributes", use.key), str(holder.user)), []).append(text)

    def report(self) -> None:
        """Add the collected errors, one for each path and reason."""
        self._check_trunks()
        for (path, _), texts in self.found.items():
            more = f", and so on for {len(texts) - 1} more" if len(texts) > 1 else ""
            self.walk.fault(path, texts[0] + more)
