"""The security groups of a VM's NIC: those declared for it, those of its network and those of its address range.

OpenNebula combines the three when it attaches a NIC, and can add and remove groups of an existing NIC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...basics.errors import SettleError
from ...cloud.directory import NETWORKS, SECURITY_GROUPS, VMS
from ...cloud.procedure import Procedure, Wait
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...model import secgroups
from ...model.secgroups import Groups

#: How long a VM may take to apply the rules of a group, in seconds.
PUSH = 120
Numbers = frozenset[int | str]


@dataclass(frozen=True)
class NicGroups:
    """The security groups of a declared NIC.

    own
        Those that are declared.
    network, ranges
        Those of its network, and of each of the network's address ranges by number.
    """

    own: Groups
    network: Numbers = frozenset()
    ranges: Mapping[str, Numbers] | None = None

    @classmethod
    def on(cls, cloud: Cloud, own: Groups, name: str, owner: str, network: Resource | None) -> NicGroups:
        """The groups of a NIC on a network, which exists or was announced."""
        announced = cloud.announced(NETWORKS, name, owner)
        says = announced is not None and secgroups.ARGUMENT in announced.wanted
        declared = announced.due(secgroups.ARGUMENT) if announced is not None and says else None
        if network is None:
            return cls(own, frozenset({secgroups.DEFAULT}) if declared is None else declared.numbers)
        present = secgroups.numbers(network.text(f"TEMPLATE/{secgroups.ATTRIBUTE}"))
        ranges = {
            each.get("AR_ID", ""): secgroups.numbers(each.get(secgroups.ATTRIBUTE))
            for each in network.vectors("AR_POOL/AR")
        }
        return cls(own, present if declared is None else declared.numbers, ranges)

    def expected(self, present: Mapping[str, str]) -> Numbers:
        """The groups that an existing NIC must have."""
        of_range = (self.ranges or {}).get(present.get("AR_ID", ""), frozenset())
        return self.own.numbers | self.network | of_range

    def differs(self, present: Mapping[str, str]) -> bool:
        """Whether an existing NIC has other groups."""
        return self.expected(present) != held(present)


def held(present: Mapping[str, str]) -> Numbers:
    """The groups of an existing NIC."""
    return secgroups.numbers(present.get(secgroups.ATTRIBUTE))


def of_network(network: Resource, present: Mapping[str, str]) -> Numbers:
    """The groups that an existing NIC has from its network, and from the range of its address."""
    ranges = (each for each in network.vectors("AR_POOL/AR") if each.get("AR_ID", "") == present.get("AR_ID", ""))
    texts = [network.text(f"TEMPLATE/{secgroups.ATTRIBUTE}"), *(each.get(secgroups.ATTRIBUTE) for each in ranges)]
    return frozenset(number for text in texts for number in secgroups.numbers(text))


def regroup(cloud: Cloud, vm: Resource, nic: int, joining: Sequence[int], leaving: Sequence[int]) -> Procedure:
    """Add security groups to a NIC, and then remove others: a NIC without any group is not filtered.

    If the driver fails, OpenNebula still records the NIC as a member, and the next comparison would find no difference.
    Therefore the NIC is removed from such a group, and the next run tries again.
    """
    for number in joining:
        cloud.call("one.vm.attachsg", vm.id, nic, number)
        group = yield _in_force(vm, number)
        if group is not None and vm.id in group.ids("ERROR_VMS"):
            why = cloud.read(VMS, vm.id).error or "OpenNebula does not say why"
            subject = SECURITY_GROUPS.describe(group.name, group.owner)
            cloud.call("one.vm.detachsg", vm.id, nic, number)
            cloud.refresh_known(SECURITY_GROUPS, [number])
            raise SettleError(
                f"VM {vm.id} has not applied the rules of {subject}, so NIC {nic} was removed again: {why}"
            )
    for number in leaving:
        cloud.call("one.vm.detachsg", vm.id, nic, number)
    cloud.refresh_known(SECURITY_GROUPS, leaving)


def _in_force(vm: Resource, number: int) -> Wait:
    """The wait until a VM has applied the rules of a group, or failed to; only the group shows that."""

    def until(group: Resource | None) -> bool:
        return group is None or vm.id not in (*group.ids("UPDATING_VMS"), *group.ids("OUTDATED_VMS"))

    return Wait(SECURITY_GROUPS, number, until, "the rules of a security group to be in force", PUSH)
