"""Commands of an administrator: on clusters, hosts, datastores, VDCs, ACL rules and zones."""

from __future__ import annotations

from typing import Any

from ..basics.errors import RefusedError
from ..basics.values import object_name
from ..cloud.collection import Collection
from ..cloud.directory import HOSTS
from ..cloud.view import Cloud
from .objects import find


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
