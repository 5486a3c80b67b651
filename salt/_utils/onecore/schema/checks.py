"""Cross-checks: errors in combinations of values that are valid by themselves.

Their input fits the schema. An error in a blueprint is reported once, at the blueprint; an error of a user is reported
at the user.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace
from functools import partial
from typing import Any

from ..kinds.image import persistence_fault
from ..pillar.infrastructure import is_about
from ..pillar.layers import combined, without_nulls
from .addresses import check_addresses
from .enrolment import MinionIds
from .gateways import Uplinks, check_gateway
from .labs import check_labs
from .leases import check_leases
from .machines import Machines, check_templates
from .persistent import Persistent
from .pipelines import check_pipelines
from .secgroups import check_named, check_rules, check_shared_groups
from .singles import check_single
from .teams import check_teams
from .view import View
from .vlans import Vlans, check_bounds, check_link
from .vmgroups import check_vm_group
from .walk import Fault, Walk
from .words import again, below, did_you_mean, same_but_for_capitals

#: Keys of a NIC with which it refers to the same network for all users.
TIES_TO_A_USER = {"owner", "NETWORK_ID", "NETWORK_UID", "NETWORK_UNAME"}
WAYS_TO_LOG_IN = ("password", "token", "auth_file")


def cross_check(config: Mapping[str, Any], walk: Walk) -> None:
    """Add errors in ``config`` as a whole to those of its walk."""
    _check_connection(without_nulls(config.get("connection") or {}), "connection", walk)
    for name, profile in without_nulls(config.get("profiles") or {}).items():
        _check_connection(profile, below("profiles", name), walk)
    shared = without_nulls(config.get("shared") or {})
    vlans, blueprints = Vlans(walk), Blueprints(config, shared, walk)
    _check_shared(shared, vlans, walk)
    check_shared_groups(shared, walk)
    check_teams(shared, config.get("users") or {}, walk)
    check_templates(shared, walk)
    views = list(_views(config, walk))
    for view in views:
        blueprints.check(view)
        check_bounds(view.whole.get("vlans", {}), partial(view.path, "vlans"), walk)
        vlans.add_user(view)
    vlans.report()
    check_single(config, walk)
    check_leases(config, shared, views, walk)
    check_pipelines(without_nulls(config.get("pipelines") or {}), walk)


class Blueprints:
    """The infrastructures of blueprints, one by one; errors are reported where they come from.

    shared
        The shared objects.
    """

    def __init__(self, config: Mapping[str, Any], shared: Mapping[str, Any], walk: Walk):
        self._config, self._shared, self._walk = config, shared, walk
        self._others = Others(config, shared, walk)
        self._done: set[str] = set()
        #: The paths of errors of each blueprint by itself.
        self._alone: dict[str, set[str]] = {}
        self._blamed = frozenset(walk.blamed)

    def check(self, view: View) -> None:
        """Check one infrastructure by itself, and the place of its gateway among the others."""
        for fault in _faults(view, self._blamed, self._done, self._others):
            self._walk.fault(*self._placed(view, fault))

    def _placed(self, view: View, fault: Fault) -> tuple[str, str]:
        """An error that the blueprint has only in combination with a user's settings is reported at the user."""
        blueprint = below("blueprints", view.blueprint_name)
        inherited = view.user is not None and fault.path.startswith(f"{blueprint}.")
        if not inherited or fault.path in self._wrong_alone(view.blueprint_name):
            return fault.path, fault.message
        path = below("users", view.user) + fault.path.removeprefix(blueprint)
        return path, f"{fault.message} (inherited from blueprint {view.blueprint_name})"

    def _wrong_alone(self, name: str) -> set[str]:
        if name not in self._alone:
            view = _unused(name, self._config["blueprints"][name], self._blamed)
            found = _faults(view, self._blamed, set(), Others(self._config, self._shared, Walk()))
            self._alone[name] = {fault.path for fault in found}
        return self._alone[name]


class Others:
    """Resources that all infrastructures share, so that one may conflict with another."""

    def __init__(self, config: Mapping[str, Any], shared: Mapping[str, Any], walk: Walk):
        self.uplinks, self.minion_ids = Uplinks(shared.get("networks", {}), walk), MinionIds(walk)
        self.machines, self.persistent = Machines(shared), Persistent(config)
        self._networks = shared.get("networks", {})

    def check_names(self, view: View, walk: Walk) -> None:
        """Check that no shared network is one of the user's own."""
        for name in view.networks.keys() & self._networks.keys():
            if view.user is not None and self._networks[name].get("owner") == view.user:
                said = f"{view.user} has a network of that name already ({view.path('networks', name)})"
                walk.fault(below("shared.networks", name), said)


def _faults(view: View, blamed: Set[str], done: set[str], others: Others) -> set[Fault]:
    """The errors of one infrastructure by itself.

    blamed
        Paths with reported errors.
    done
        Paths of networks that were checked already.
    """
    walk = Walk(blamed=set(blamed))
    view = replace(view, blamed=walk.blamed)
    _check_removals(view, walk)
    _check_spelling(view, walk)
    _check_networks(view, done, walk)
    _check_security_groups(view, done, walk)
    _check_vm_groups(view, done, walk)
    if view.has_gateway:
        check_gateway(view, others.uplinks, others.minion_ids, walk)
    check_labs(view, others.persistent, walk)
    others.machines.check(view, walk)
    others.check_names(view, walk)
    return walk.faults


def _check_connection(connection: Mapping[str, Any], path: str, walk: Walk) -> None:
    given = [key for key in WAYS_TO_LOG_IN if key in connection]
    if len(given) > 1:
        walk.fault(below(path, given[1]), f"conflicts with {given[0]}; declare one of the two")
    named = "username" in connection
    if "password" in given and not named:
        walk.require(below(path, "username"), "is required beside password")
    if named and not given:
        walk.require(below(path, "password"), "is required beside username, or else a token")
    if connection.get("verify") is False and "ca" in connection:
        walk.fault(below(path, "ca"), "is never used, since verify is false")


def _check_shared(shared: Mapping[str, Any], vlans: Vlans, walk: Walk) -> None:
    for name, network in shared.get("networks", {}).items():
        where = partial(below, "shared.networks", name)
        check_addresses(network, where, walk)
        check_link(network, {}, where, where(), walk)
        vlans.add_shared(name, network)
    for name, template in shared.get("network_templates", {}).items():
        where = partial(below, "shared.network_templates", name)
        check_addresses(template, where, walk)
        if "driver" not in template:
            walk.require(where("driver"), "is required")
    for name, group in shared.get("vm_groups", {}).items():
        check_vm_group(group, partial(below, "shared.vm_groups", name), walk)
    for name, image in shared.get("images", {}).items():
        where = partial(below, "shared.images", name)
        fault = persistence_fault(image.get("type", "OS"), image.get("persistent"))
        if fault:
            walk.fault(where("persistent"), fault)
        if "clone_from" in image:
            for key in image.keys() & {"path", "size", "format", "fs"}:
                walk.fault(where(key), "is not possible for a copy, which gets it from its image")
            continue
        if "datastore" not in image:
            walk.require(where("datastore"), "is required")
        if not image.keys() & {"path", "size"}:
            walk.require(where(), "needs path (of its data) or size (of an empty image)", where("path"), where("size"))
    for name, template in shared.get("templates", {}).items():
        place = template.get("vm_group") or {}
        for key in {"group", "role"} - place.keys() if place else ():
            walk.require(below("shared.templates", name, "vm_group", key), "is required")
        for number, nic in enumerate(template.get("nics", ())):
            for key in () if nic.get("shared") else nic.keys() & TIES_TO_A_USER:
                walk.fault(
                    below("shared.templates", name, f"nics[{number}]", key),
                    "ties the NIC to one user's network for everybody; leave it out, or set shared: true",
                )


def _views(config: Mapping[str, Any], walk: Walk) -> Iterator[View]:
    """Every user's infrastructure, sorted by name, and every blueprint that has no user."""
    blueprints, users = config.get("blueprints") or {}, config.get("users") or {}
    used = set()
    for name in sorted(users):
        own, path = users[name], below("users", name, "blueprint")
        chosen = own.get("blueprint")
        if chosen is None:
            walk.require(path, "is required")
        elif chosen in blueprints:
            used.add(chosen)
            yield View(name, chosen, own, blueprints[chosen], combined(blueprints[chosen], own), walk.blamed)
        elif below("blueprints", chosen) not in walk.blamed:
            walk.fault(path, f"there is no blueprint {chosen}{did_you_mean(chosen, blueprints)}")
    for name in sorted(blueprints.keys() - used):
        yield _unused(name, blueprints[name], walk.blamed)


def _unused(name: str, blueprint: Mapping[str, Any], blamed: Set[str]) -> View:
    """A blueprint by itself."""
    return View(None, name, {}, blueprint, combined(blueprint, {}), blamed)


def _check_removals(view: View, walk: Walk) -> None:
    labs = view.own.get("labs") or {}
    places = [("network", ("networks",)), ("security group", ("security_groups",))]
    places += [("VM group", ("vm_groups",)), ("lab", ("labs",))]
    for what, place in [*places, *(("VM", ("labs", lab)) for lab in labs)]:
        inherited = _said(view.blueprint, place)
        for name, inner in _said(view.own, place).items():
            if inner is None and inherited.get(name) is None:
                walk.fault(
                    view.path(*place, name),
                    f"null removes nothing: the blueprint has no such {what}{did_you_mean(name, inherited)}",
                )


def _said(layer: Mapping[str, Any], place: Iterable[str]) -> Mapping[str, Any]:
    for key in place:
        layer = layer.get(key) or {}
    return layer


def _check_spelling(view: View, walk: Walk) -> None:
    """Check that the user spells attributes like the blueprint: otherwise they do not replace each other."""
    places = [("attributes",), ("gateway", "attributes"), ("gateway", "context")]
    for section in ("networks", "security_groups", "vm_groups"):
        places += [(section, name, "attributes") for name in view.own.get(section) or {}]
    for lab, machines in (view.own.get("labs") or {}).items():
        places += [("labs", lab, name, key) for name in machines or {} for key in ("attributes", "context")]
    for place in places:
        if view.says(*place):
            for key, other in same_but_for_capitals(view.at(*place) or {}):
                walk.fault(view.path(*place, key), again(other))


def _check_networks(view: View, done: set[str], walk: Walk) -> None:
    """Check each network; one that is inherited unchanged is checked only for the first user."""
    for name, network in view.networks.items():
        where = partial(view.path, "networks", name)
        if where() not in done:
            done.add(where())
            check_addresses(network, where, walk)
            check_link(network, view.whole, where, view.path("vlans"), walk)


def _check_security_groups(view: View, done: set[str], walk: Walk) -> None:
    """The same for each security group."""
    own = view.user or ""
    networks = [(name, own) for name in view.networks]
    for name, group in view.whole.get("security_groups", {}).items():
        where = partial(view.path, "security_groups", name)
        if where() not in done:
            done.add(where())
            check_rules(group, where, walk)
        if is_about(group, own, networks):
            for network, each in view.networks.items():
                path = view.path("networks", network, "security_groups")
                if f"{path} {name}" not in done:
                    done.add(f"{path} {name}")
                    check_named(each, name, path, walk)


def _check_vm_groups(view: View, done: set[str], walk: Walk) -> None:
    """The same for each VM group."""
    for name, group in view.whole.get("vm_groups", {}).items():
        where = partial(view.path, "vm_groups", name)
        if where() not in done:
            done.add(where())
            check_vm_group(group, where, walk)
