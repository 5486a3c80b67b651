"""Commands of an administrator: on clusters, hosts, datastores, VDCs, ACL rules and zones."""

from __future__ import annotations

from typing import Any

from ..basics.errors import RefusedError
from ..basics.values import object_name
from ..cloud.collection import Collection
from ..cloud.directory import CLUSTERS, HOSTS, VMS
from ..cloud.view import Cloud
from ..kinds.host import STATUS
from .objects import act, find, number, tree


def create_named(cloud: Cloud, kind: Collection, name: Any) -> int:
    """Create what needs nothing but a name; returns its ID."""
    return cloud.call(f"{kind.prefix}.allocate", object_name(kind.title, name))


def take_host_out(cloud: Cloud, kind: Collection, target: Any, host: Any) -> bool:
    """Move a host from a cluster to the cluster ``default``."""
    cluster, found = find(cloud, kind, target), find(cloud, HOSTS, host)
    # OpenNebula looks at the host alone.
    if found.number("CLUSTER_ID") != cluster.id:
        raise RefusedError(f"host {found.name} (ID {found.id}) is in cluster {found.text('CLUSTER')}.")
    cloud.call("one.cluster.delhost", cluster.id, found.id)
    return True


def create_host(cloud: Cloud, kind: Collection, name: Any, im_mad: Any, vm_mad: Any, cluster: Any) -> int:
    """Create a host; returns its ID."""
    return cloud.call(
        "one.host.allocate", object_name(kind.title, name), im_mad, vm_mad, number(cloud, CLUSTERS, cluster)
    )


def set_status(cloud: Cloud, kind: Collection, target: Any, status: str) -> bool:
    """Enable or disable a host, or take it out of service."""
    return act(cloud, kind, target, None, "status", STATUS[status])


def flush(cloud: Cloud, kind: Collection, target: Any) -> list[int]:
    """Disable a host, and have its VMs put on others; returns their IDs."""
    host = find(cloud, kind, target)
    cloud.call("one.host.status", host.id, STATUS["disabled"])
    vms = sorted(cloud.read(kind, host.id).ids("VMS"))
    for vm in vms:
        cloud.call(f"{VMS.prefix}.action", "resched", vm)
    return vms


def monitoring(cloud: Cloud, kind: Collection, target: Any) -> Any:
    """What was measured of an object, as nested dictionaries."""
    return tree(cloud.xml(f"{kind.prefix}.monitoring", find(cloud, kind, target).id))
