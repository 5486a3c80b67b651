"""The template that a VM is made from."""

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
    """The declared template; ``None`` when a dry run only announced it."""
    name, owner = _template_key(cloud, order)
    cloud.require(TEMPLATES, name, owner, "template")
    return cloud.find(TEMPLATES, name, owner)


def template_attributes(cloud: Cloud, order: Order) -> dict[str, Any]:
    """What the declared template says, or will say once what a dry run announced is done."""
    template = template_of(cloud, order)
    attributes = dict(template.attributes) if template is not None else {}
    for change in cloud.planned(TEMPLATES, *_template_key(cloud, order)):
        attributes.update(change.write if isinstance(change.write, Mapping) else {})
    return attributes


def refuse_other_owner(cloud: Cloud, owner: str, template: Mapping[str, Any]) -> None:
    """Raise RefusedError when a template gives the account's VM to somebody else; of others we say whose they are."""
    if owner == cloud.account and {"AS_UID", "AS_GID"} & template.keys():
        raise RefusedError("the template says itself whose VM it shall be (AS_UID, AS_GID): take that out of it.")
