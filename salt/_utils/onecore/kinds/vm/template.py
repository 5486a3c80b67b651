"""The template that a VM is created from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...basics.errors import RefusedError
from ...basics.plan import Order
from ...cloud.directory import TEMPLATES
from ...cloud.resource import Resource
from ...cloud.view import Cloud


def _template_key(cloud: Cloud, order: Order) -> tuple[str, str]:
    return order.wanted["template"], order.wanted.get("template_owner", cloud.account)


def template_of(cloud: Cloud, order: Order) -> Resource | None:
    """The declared template; ``None`` if a dry run has only announced it."""
    name, owner = _template_key(cloud, order)
    cloud.require(TEMPLATES, name, owner, "template")
    return cloud.find(TEMPLATES, name, owner)


def template_attributes(cloud: Cloud, order: Order) -> dict[str, Any]:
    """The attributes of the declared template, or those that it will have after the announced changes."""
    template = template_of(cloud, order)
    attributes = dict(template.attributes) if template is not None else {}
    for change in cloud.planned(TEMPLATES, *_template_key(cloud, order)):
        attributes.update(change.write if isinstance(change.write, Mapping) else {})
    return attributes


def refuse_other_owner(cloud: Cloud, owner: str, template: Mapping[str, Any]) -> None:
    """Raise RefusedError if a template gives the account's VM to another user; for other users, the owner is set
    explicitly.
    """
    if owner == cloud.account and {"AS_UID", "AS_GID"} & template.keys():
        raise RefusedError("the template sets the owner of its VMs (AS_UID, AS_GID): remove these attributes.")
