"""The default quotas of a cloud, which the pools of users and of groups contain beside their objects."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from ..basics.errors import OneError
from ..basics.plan import Desired, Order
from ..basics.xml import etree
from ..cloud.collection import Collection
from ..cloud.directory import GROUPS, USERS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..model.default_quota import QUOTA
from ..model.reading import Reading

#: Their path in the pillar, among the objects for all users.
SECTION = "default_quota"
_POOLS = {"users": (USERS, "DEFAULT_USER_QUOTAS"), "groups": (GROUPS, "DEFAULT_GROUP_QUOTAS")}


def default_quotas(cloud: Cloud) -> Iterator[tuple[str, dict[str, Any], dict[str, str]]]:
    """The default quotas of users and of groups, with the parts that cannot be exported, by path, and the reason."""
    for whose, (collection, element) in _POOLS.items():
        present = _of_pool(cloud, collection, element)
        if present is None:
            continue
        left: dict[str, str] = {}
        said = QUOTA.said(present, Reading(cloud, left)) or {}
        if said and not _is_unchanged(cloud, whose, said, present):
            said, left = {}, {**left, QUOTA.name: "it cannot be declared in comparable form"}
        if said or left:
            yield whose, said, left


def _is_unchanged(cloud: Cloud, whose: str, said: dict[str, Any], present: Resource) -> bool:
    """Whether a run would leave the default quotas unchanged."""
    try:
        wanted = QUOTA.wanted(said)
        due = QUOTA.resolve(cloud, wanted, Order(Desired(whose, whose), {QUOTA.name: wanted}))
        return not list(QUOTA.changes(present, due))
    except OneError:
        return False


def _of_pool(cloud: Cloud, collection: Collection, element: str) -> Resource | None:
    """The default quotas that a pool contains beside its objects."""
    for each in cloud.pool(collection):
        root = each.element.getparent()
        found = None if root is None else root.find(element)
        if found is not None:
            # It has no ID.
            found = deepcopy(found)
            etree.SubElement(found, "ID").text = "0"
            return Resource(found, "", collection.cli, collection.pool)
    return None
