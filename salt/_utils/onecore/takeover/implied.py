"""ACL rules that need no declaration, since VDCs, groups and their administrators create them."""

from __future__ import annotations

from collections.abc import Container

from ..cloud.directory import GROUPS, VDCS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..model import vdcs
from ..model.rules import ADMIN, ALL, CREATE, GROUP, MANAGE, NUMBER, ONE, SELECTOR, TYPES, USE, Rule

_ALL_RIGHTS = USE | MANAGE | ADMIN | CREATE


def implied(cloud: Cloud, resource: Resource, founded: Container[int]) -> str:
    """Why a rule need not be declared; empty if it must be.

    founded
        Groups without declared ``resources``.
    """
    rule = Rule.of(resource)
    for vdc in cloud.pool(VDCS):
        if any(rule in vdcs.rules(vdc, group) for group in vdc.ids("GROUPS") if rule.user == GROUP | group):
            return f"VDC {vdc.name} creates it"
    group = cloud.pool(GROUPS).by_id.get(rule.user & NUMBER) if rule.user & GROUP else None
    if group is not None and group.id not in founded and _lets_create(rule):
        return f"the resources of group {group.name} create it"
    group = administered(cloud, resource)
    return f"OpenNebula creates it for the administrators of group {group.name}" if group is not None else ""


def administered(cloud: Cloud, resource: Resource) -> Resource | None:
    """The group of which a rule makes a user administrator; ``None`` for other rules."""
    rule = Rule.of(resource)
    found = (
        each
        for each in cloud.pool(GROUPS)
        if rule.user & ONE and (rule.user & NUMBER) in each.ids("ADMINS") and _administers(rule, each.id)
    )
    return next(found, None)


def _lets_create(rule: Rule) -> bool:
    """Whether a rule lets a group create objects, and nothing else."""
    return rule.resource & SELECTOR == ALL and rule.rights == CREATE and rule.zone == ALL


def _administers(rule: Rule, group: int) -> bool:
    """Whether OpenNebula creates that rule for an administrator of the group (Group.cc, releases 6.10 and 7.4)."""
    which, rights = rule.resource & SELECTOR, rule.rights
    if which == GROUP | group:
        whole = rights == _ALL_RIGHTS and rule.resource & ~SELECTOR == TYPES["USER"]
        return whole or (rights == USE | MANAGE and bool(rule.resource & TYPES["VM"]))
    if which == ONE | group:
        return rule.resource & ~SELECTOR == TYPES["GROUP"] and rights == MANAGE
    return which == ALL and rule.resource & ~SELECTOR == TYPES["VROUTER"] and rights == CREATE
