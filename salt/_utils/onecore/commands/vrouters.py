"""Commands of virtual routers, in addition to the common ones."""

from __future__ import annotations

from typing import Any

from ..basics.errors import ArgumentError
from ..basics.syntax import normalise, render
from ..basics.values import POSITIVE, object_name
from ..cloud.view import Cloud
from ..kinds.template import TEMPLATE
from ..model.kind import Kind
from .objects import act, attributes, find, flag


def instantiate(
    cloud: Cloud,
    kind: Kind,
    router: Any,
    owner: str | None,
    template: Any,
    template_owner: str | None,
    name: Any,
    vms: Any,
    hold: Any,
    extra: Any,
) -> bool:
    """Create VMs of a virtual router, for its owner."""
    given = normalise(attributes(extra))
    if given.keys() & {"AS_UID", "AS_GID"}:
        raise ArgumentError("The VMs of a virtual router belong to its owner; remove AS_UID and AS_GID.")
    resource = find(cloud, kind, router, owner)
    if resource.owner != cloud.account:
        given |= {"AS_UID": resource.uid, "AS_GID": resource.gid}
    number = find(cloud, TEMPLATE, template, template_owner).id
    called = "" if name is None else object_name("VM", name)
    count = POSITIVE.wanted("vms", vms)
    return act(cloud, kind, resource.id, None, "instantiate", count, number, called, flag("hold", hold), render(given))
