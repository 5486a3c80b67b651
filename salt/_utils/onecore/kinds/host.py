"""Hosts: where VMs run."""

from __future__ import annotations

import re

from ..basics.errors import ArgumentError, RefusedError
from ..basics.plan import Change, Order
from ..basics.values import Choice, Numbers
from ..cloud.directory import CLUSTERS, HOSTS, VMS
from ..cloud.naming import listed
from ..cloud.resource import Resource
from ..cloud.states import HOST_DISABLED, HOST_MONITORING_DISABLED, HOST_OFFLINE
from ..cloud.view import Cloud
from ..model import claims, writers
from ..model.about import About
from ..model.attributes import Attributes
from ..model.capacity import RESERVED_CPU, RESERVED_MEMORY
from ..model.claims import CLAIMED
from ..model.fields import Attribute
from ..model.kind import Kind
from ..model.mirrors import show_moved
from ..model.ownership import Belonging

#: The names that OpenNebula accepts for a new host, since a release (HostPool.cc, release 7.0.0).
_HOSTNAME, _NAMED_SO = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,61}[a-zA-Z0-9]"), (7, 0)
#: The parameter of ``one.host.status`` for each value.
STATUS = {"enabled": 0, "disabled": 1, "offline": 2}
_TOLD = {HOST_DISABLED: "disabled", HOST_MONITORING_DISABLED: "disabled", HOST_OFFLINE: "offline"}


class Cluster(Belonging):
    """The cluster of a host; a host is always in one."""

    named = CLUSTERS
    doc = "Name of its cluster. A cluster that declares its ``hosts`` must agree."
    otherwise = "``default`` for a new host"
    example = "blades"
    attribute_names = ("CLUSTER", "CLUSTER_ID")

    def present(self, resource: Resource) -> str | None:
        return resource.text("CLUSTER")

    def foresee(self, cloud: Cloud, name: str, resource: Resource | None, change: Change) -> None:
        if resource is not None:
            show_moved(cloud, resource.id, change.new)


class Status(Attribute):
    """Whether the scheduler places new VMs on a host, and whether the host is monitored."""

    def read(self, resource: Resource) -> str:
        return _TOLD.get(resource.state, "enabled")


_FIELDS = (
    Attribute(
        "im_mad",
        path="IM_MAD",
        required=True,
        doc="Driver that monitors it: ``kvm``, ``lxc``, ``qemu``, or one that the cloud defines itself.",
        example="kvm",
    ),
    Attribute(
        "vm_mad",
        path="VM_MAD",
        required=True,
        doc="Driver that runs VMs on it: ``kvm``, ``lxc``, ``qemu``, or one that the cloud defines itself.",
        example="kvm",
    ),
    Cluster("cluster", writer="cluster", holds=True),
    Status(
        "status",
        Choice(*STATUS),
        path="STATE",
        template=False,
        writer="status",
        doc=(
            "``enabled``; ``disabled``, which accepts no new VMs and keeps the running ones; or ``offline``, which "
            "OpenNebula does not monitor either."
        ),
        otherwise="``enabled`` for a new host",
        example="disabled",
    ),
    RESERVED_CPU,
    RESERVED_MEMORY,
    Attribute(
        "pin_policy",
        Choice("NONE", "PINNED"),
        doc="Whether VMs with pinned CPUs run there, and no others (``PINNED``).",
        example="PINNED",
    ),
    Attribute(
        "isolated_cpus",
        Numbers("CPUs"),
        attribute="ISOLCPUS",
        doc="CPUs that no VM gets, as a list or separated by commas.",
        example='"0,1"',
    ),
    CLAIMED,
)
#: The attributes that monitoring writes into the template of a host.
_MONITORED: tuple[str, ...] = (
    "ARCH",
    "CPUSPEED",
    "HOSTNAME",
    "HYPERVISOR",
    "MODELNAME",
    "TOTALCPU",
    "TOTALMEMORY",
    "VERSION",
)
_MONITORED += ("KVM_CPU_FEATURES", "KVM_CPU_MODEL", "KVM_CPU_MODELS", "KVM_MACHINES", "MEMORY_ENCRYPTION")


def _check(cloud: Cloud, order: Order, resource: Resource | None) -> None:
    """Raise ArgumentError for a name that no new host can have."""
    if resource is None and not _HOSTNAME.fullmatch(order.name) and cloud.version >= _NAMED_SO:
        raise ArgumentError(
            "name: must be a host name of 2 to 63 letters, digits, dots, hyphens and underscores that begins and "
            "ends with a letter or a digit."
        )


def _allocate(cloud: Cloud, order: Order) -> int:
    cluster = cloud.get(CLUSTERS, order.wanted["cluster"]).id if "cluster" in order.wanted else writers.KEEP
    wanted = order.wanted
    number = cloud.call("one.host.allocate", order.name, wanted["im_mad"], wanted["vm_mad"], cluster)
    # It is listed there now.
    cloud.refresh_known(CLUSTERS, [cluster])
    return number


def _write_cluster(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
    old, new = resource.number("CLUSTER_ID"), cloud.get(CLUSTERS, changes[-1].write).id
    cloud.call("one.cluster.addhost", new, resource.id)
    cloud.refresh_known(CLUSTERS, [old, new])


def _write_status(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
    cloud.call("one.host.status", resource.id, STATUS[changes[-1].write])


def _in_use(cloud: Cloud, resource: Resource) -> None:
    vms = [number for number in cloud.read(HOSTS, resource.id).ids("VMS") if not cloud.leaving(VMS.cli, number)]
    if vms:
        known = cloud.pool(VMS).by_id
        raise RefusedError(
            f"host {resource.name} (ID {resource.id}) still has {len(vms)} VM{'s' if len(vms) > 1 else ''} "
            f"({listed(VMS, vms[:5], known)}{' …' if len(vms) > 5 else ''}). Migrate or terminate them first."
        )


HOST = Kind.of(
    HOSTS,
    about=About(
        rights=(
            "the account creates hosts with CREATE on HOST and ADMIN on the cluster, and changes or removes them with "
            "ADMIN; to move one it needs ADMIN on the cluster as well."
        ),
        example="host01",
        declared="""
        - im_mad: kvm
        - vm_mad: kvm
        - cluster: blades
        - reserved_cpu: -100%
        - reserved_memory: 10%
        """,
        kept="one with VMs",
    ),
    fields=(
        *_FIELDS,
        Attributes(
            _FIELDS,
            elsewhere=dict.fromkeys(_MONITORED, "the host's monitoring overwrites it"),
            example="{LABELS: 'rack1,gpu'}",
        ),
    ),
    create=claims.bare(_allocate),
    writers={
        "update": claims.update("one.host"),
        "cluster": _write_cluster,
        "status": _write_status,
    },
    remove=lambda cloud, resource: cloud.call("one.host.delete", resource.id),
    in_the_way=_in_use,
    check=_check,
)
