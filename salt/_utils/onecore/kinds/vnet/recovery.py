"""Recovers networks in an error state, if declared."""

from __future__ import annotations

from collections.abc import Iterator

from ...basics.plan import Change, Order
from ...basics.values import YES_NO
from ...cloud import states
from ...cloud.campaign import Procedure
from ...cloud.directory import NETWORKS
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...cloud.waiting import settled
from ...model.fields import Field

#: What the recover call takes: done, and tell the VMs again.
_SUCCESS, _RETRY = 1, 3


class Recover(Field):
    """Whether a broken network is brought on; what then is not as declared, is made so."""

    type = YES_NO
    doc = (
        "Whether a network in ERROR is taken for READY, and one in UPDATE_FAILURE tells its VMs of the change once "
        "more, before all else that is declared. Without it, the state fails with OpenNebula's reason."
    )
    otherwise = "``false``"
    example = "true"

    def changes(self, resource: Resource | None, wanted: bool) -> Iterator[Change]:
        if wanted and resource is not None and NETWORKS.is_broken(resource):
            again = resource.state == states.UPDATE_FAILURE
            write = _RETRY if again else _SUCCESS
            yield self.change("state", NETWORKS.state_name(resource), "READY", write, disruptive=again)


def recover(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> Procedure:
    """Bring a network on; returns it as it is then."""
    cloud.call("one.vn.recover", resource.id, changes[-1].write)
    subject = NETWORKS.describe(resource.name, resource.owner)
    return (yield settled(NETWORKS, resource.id, subject, owner=resource.owner))
