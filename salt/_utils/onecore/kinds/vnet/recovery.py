"""Recovers networks in an error state, if declared."""

from __future__ import annotations

from collections.abc import Iterator

from ...basics.plan import Change, Order
from ...basics.values import YES_NO
from ...cloud import states
from ...cloud.directory import NETWORKS
from ...cloud.procedure import Procedure
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...cloud.waiting import settled
from ...model.fields import Field
from .pushes import told_again

#: What the recover call takes: done, and tell the VMs again.
_SUCCESS, _RETRY = 1, 3


#: Where nothing is said: what these states can bring on by themselves.
_UNSAID = "update"


class Recover(Field):
    """Whether a broken network is brought on; what then is not as declared, is made so."""

    type = YES_NO
    unsaid = _UNSAID
    doc = (
        "Whether a network in ERROR is taken for READY, before all else that is declared. One in UPDATE_FAILURE tells "
        "its VMs of the change once more where disruption is allowed, unless this is ``false``. Otherwise the state "
        "fails with OpenNebula's reason."
    )
    otherwise = "only one in UPDATE_FAILURE"
    example = "true"

    def changes(self, resource: Resource | None, wanted: bool | str) -> Iterator[Change]:
        if resource is not None and _is_brought_on(resource, wanted):
            again = resource.state == states.UPDATE_FAILURE
            write = _RETRY if again else _SUCCESS
            yield self.change("state", NETWORKS.state_name(resource), "READY", write, disruptive=again)


def _is_brought_on(resource: Resource, wanted: bool | str) -> bool:
    if wanted == _UNSAID:
        return resource.state == states.UPDATE_FAILURE
    return bool(wanted) and NETWORKS.is_broken(resource)


def mends(order: Order, resource: Resource) -> bool:
    """Whether a declaration has a network brought on."""
    return _is_brought_on(resource, order.wanted["recover"])


def recover(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> Procedure:
    """Bring a network on; returns it as it is then."""
    how = changes[-1].write

    def call() -> None:
        cloud.call("one.vn.recover", resource.id, how)

    if how == _RETRY:
        return (yield from told_again(cloud, resource, call))
    call()
    subject = NETWORKS.describe(resource.name, resource.owner)
    return (yield settled(NETWORKS, resource.id, subject, owner=resource.owner))
