"""Checks before a first run, in the order in which to correct their findings."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..basics.errors import OneError
from ..basics.plan import Desired
from ..basics.secrecy import masked
from ..basics.values import ADMINISTRATOR
from ..cloud.collection import Collection
from ..cloud.directory import CLUSTERS, DATASTORES, HOSTS, IMAGES, NETWORKS, TEMPLATES, USERS
from ..cloud.drivers import NETWORKS as VN_MAD_CONF
from ..cloud.drivers import defined
from ..cloud.view import Cloud
from ..model.sharing import is_administrator
from .audit import lint
from .orphans import FOREIGN, orphans

OK, WARNING, ERROR = "ok", "warning", "error"
COLUMNS = ("state", "check", "finding", "cure")
#: The oldest and the newest tested release of OpenNebula.
OLDEST, NEWEST = (6, 10), (7, 4)
#: How many findings of one type are listed.
MOST = 5
#: The allowed clock difference, and the age of monitoring data after which a host counts as not monitored, in seconds.
_APART, _WATCHED = 60, 900
#: States of hosts on which VMs can run (include/Host.h, release 7.4.0).
_HOST_STATES = (1, 2)
_SYSTEM_DATASTORE = 1


@dataclass(frozen=True)
class Advice:
    """The result of one check.

    state
        ``ok``, ``warning`` or ``error``.
    check
        The name of the check.
    finding, cure
        The finding, and what to do about it.
    """

    state: str
    check: str
    finding: str
    cure: str = ""


def examine(cloud: Cloud, declared: Sequence[Desired], coming: Sequence[Desired] = ()) -> Iterator[Advice]:
    """Check the cloud.

    declared, coming
        The declared objects, and the VMs of declared labs; empty if the pillar has errors.
    """
    try:
        release = cloud.call("one.system.version")
    except OneError as error:
        cure = "correct opennebula:connection; the rest cannot be checked"
        yield Advice(ERROR, "connection", masked(str(error)), cure)
        return
    yield Advice(OK, "connection", f"{cloud.client.endpoint} answers")
    yield _release(str(release))
    for check in (_account, _clock, _hosts, _datastores):
        try:
            yield from check(cloud)
        except OneError as error:
            yield Advice(ERROR, check.__name__.strip("_"), masked(str(error)), "give the account the right to see it")
    try:
        yield from _drivers(cloud, declared)
        yield from _vlans(cloud, declared, coming)
        yield from _references(cloud, declared, coming)
    except OneError as error:
        yield Advice(ERROR, "pillar", masked(str(error)), "give the account the right to see it")


def _release(text: str) -> Advice:
    number = tuple(int(part) for part in re.findall(r"\d+", text)[:2])
    if number < OLDEST:
        return Advice(ERROR, "version", f"OpenNebula {text} is older than 6.10", "upgrade OpenNebula")
    if number > NEWEST:
        return Advice(WARNING, "version", f"OpenNebula {text} is newer than 7.4, the newest tested version", "")
    return Advice(OK, "version", f"OpenNebula {text}")


def _account(cloud: Cloud) -> Iterator[Advice]:
    found = cloud.find(USERS, cloud.account)
    if found is None:
        cure = "work as oneadmin, or as a member of group oneadmin"
        yield Advice(ERROR, "account", f"{cloud.account} is not among the users that it can see", cure)
    elif not is_administrator(cloud, cloud.account):
        finding = f"{cloud.account} is not an administrator: it can neither choose VLANs nor give objects to users"
        yield Advice(ERROR, "account", finding, f"oneuser addgroup {cloud.account} oneadmin, or work as oneadmin")
    else:
        yield Advice(OK, "account", f"{cloud.account} is an administrator")


def _clock(cloud: Cloud) -> Iterator[Advice]:
    """Compare the clocks of oned and of this machine, with the last monitoring time of a host."""
    heard = max((each.moment("LAST_MON_TIME") for each in cloud.pool(HOSTS)), default=0)
    ahead = heard - time.time()
    if heard and ahead > _APART:
        yield Advice(ERROR, "clock", f"OpenNebula's clock is {ahead:.0f} s ahead of this one", "set both by NTP")
    elif heard:
        yield Advice(OK, "clock", "OpenNebula's clock is not ahead of this one")


def _hosts(cloud: Cloud) -> Iterator[Advice]:
    hosts = list(cloud.pool(HOSTS))
    ready = [each for each in hosts if each.state in _HOST_STATES]
    if not hosts:
        yield Advice(ERROR, "hosts", "there is no host, so no VM can run", "onehost create")
    elif not ready:
        yield Advice(ERROR, "hosts", f"none of {len(hosts)} hosts accepts VMs", "onehost list; onehost enable")
    else:
        state = OK if len(ready) == len(hosts) else WARNING
        cure = "" if state == OK else "onehost list"
        yield Advice(state, "hosts", f"{len(ready)} of {len(hosts)} hosts accept VMs", cure)


def _datastores(cloud: Cloud) -> Iterator[Advice]:
    kinds = {each.number("TYPE") for each in cloud.pool(DATASTORES)}
    for number, what in ((0, "images"), (_SYSTEM_DATASTORE, "the disks of VMs")):
        if number not in kinds:
            yield Advice(ERROR, "datastores", f"no datastore keeps {what}", "onedatastore create")


def _drivers(cloud: Cloud, declared: Iterable[Desired]) -> Iterator[Advice]:
    """Compare the drivers of declared networks with those of oned, and clusters with those that have hosts."""
    networks = [each for each in declared if each.kind == NETWORKS.cli]
    wanted = {str(each.values["driver"]) for each in networks if "driver" in each.values}
    try:
        known = defined(cloud, VN_MAD_CONF)
    except OneError:
        known = set()
    for driver in sorted(wanted - known) if known else ():
        finding = f"the pillar has networks of driver {driver}, which OpenNebula does not know"
        yield Advice(ERROR, "drivers", finding, "add a VN_MAD_CONF to oned.conf, or declare another driver")
    named = {name for each in networks for name in each.values.get("clusters", ())}
    for cluster in sorted(named):
        found = cloud.find(CLUSTERS, cluster)
        if found is None or not found.ids("HOSTS"):
            finding = (
                f"cluster {cluster} {'has no hosts' if found else 'does not exist'}, and the pillar has networks in it"
            )
            yield Advice(ERROR, "clusters", finding, f"onecluster addhost {cluster}")
    if wanted and not wanted - known:
        yield Advice(OK, "drivers", f"OpenNebula knows {', '.join(sorted(wanted))}")


def _vlans(cloud: Cloud, declared: Sequence[Desired], coming: Sequence[Desired]) -> Iterator[Advice]:
    foreign = [row for row in orphans(cloud, declared, coming) if row["what"] == FOREIGN]
    cure = "choose another vlan_base, or adopt or move that network"
    yield from (Advice(ERROR, "vlans", f"{row['object']}: {row['reason']}", cure) for row in foreign[:MOST])
    if len(foreign) > MOST:
        yield Advice(ERROR, "vlans", f"{len(foreign) - MOST} more networks are on VLANs of declared ones", cure)
    if not foreign and any(each.kind == NETWORKS.cli for each in declared):
        yield Advice(OK, "vlans", "no other network is on a VLAN of the pillar")


def _references(cloud: Cloud, declared: Sequence[Desired], coming: Sequence[Desired]) -> Iterator[Advice]:
    """Check templates to which the pillar refers: whether they exist or will exist, and whether VMs can be created from
    them.
    """
    made = {(each.kind, each.owner, each.name) for each in declared}
    wanted = {
        (str(each.values["template"]), str(each.values.get("template_owner", ADMINISTRATOR)))
        for each in (*declared, *coming)
        if "template" in each.values
    }
    there = []
    for name, owner in sorted(wanted):
        found = next(iter(cloud.pool(TEMPLATES).named(name, owner)), None)
        if found is not None:
            there.append(found)
        elif (TEMPLATES.cli, owner, name) not in made:
            yield _absent(TEMPLATES, name, owner)
    for name, owner in sorted(_images(declared)):
        if (IMAGES.cli, owner, name) not in made and not cloud.pool(IMAGES).named(name, owner):
            yield _absent(IMAGES, name, owner)
    for row in lint(cloud, there):
        yield Advice(ERROR, "templates", f"{row['template']}: {row['part']}: {row['finding']}", row["cure"])
    if wanted and len(there) == len(wanted):
        yield Advice(OK, "templates", f"all {len(wanted)} templates that the pillar refers to exist")


def _images(declared: Sequence[Desired]) -> set[tuple[str, str]]:
    """Name and owner of each image that a declared template names with its owner."""
    templates = [each for each in declared if each.kind == TEMPLATES.cli]
    disks = [disk for each in templates for disk in each.values.get("disks", ())]
    return {(str(disk["image"]), str(disk["owner"])) for disk in disks if "image" in disk and "owner" in disk}


def _absent(collection: Collection, name: str, owner: str) -> Advice:
    subject = collection.describe(name, owner)
    return Advice(
        ERROR, f"{collection.title}s", f"{subject} does not exist, and the pillar refers to it", "declare or create it"
    )
