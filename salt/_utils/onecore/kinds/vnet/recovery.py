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
from .pushes import push_again

#: The operations of the recover call: success, and retry.
_SUCCESS, _RETRY = 1, 3


#: The default: states that these functions can cause themselves.
_UNSAID = "update"


class Recover(Field):
    """Whether a broken network is recovered; remaining differences are then corrected."""

    type = YES_NO
    unsaid = _UNSAID
    doc = (
        "Whether a network in ERROR is declared READY, before all other changes. A network in UPDATE_FAILURE sends "
        "the change to its VMs again if disruption is allowed, unless this is ``false``. Otherwise the state "
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


def recovers(order: Order, resource: Resource) -> bool:
    """Whether a declaration recovers the network."""
    return _is_brought_on(resource, order.wanted["recover"])


def recover(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> Procedure:
    """Recover a network; returns the network read afterwards."""
    how = changes[-1].write

    def call() -> None:
        cloud.call("one.vn.recover", resource.id, how)

    if how == _RETRY:
        return (yield from push_again(cloud, resource, call))
    call()
    subject = NETWORKS.describe(resource.name, resource.owner)
    return (yield settled(NETWORKS, resource.id, subject, owner=resource.owner))
