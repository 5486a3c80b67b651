"""Commands of an administrator: on clusters, hosts, datastores, VDCs, ACL rules and zones."""

from __future__ import annotations

from typing import Any

from ..basics.errors import MissingError, RefusedError
from ..basics.values import object_name
from ..cloud.collection import Collection
from ..cloud.directory import CLUSTERS, HOSTS, VMS
from ..cloud.view import Cloud
from ..kinds.acl.kind import ACL, rule_of
from ..kinds.host import STATUS
from ..model.acls import read, spelled
from ..model.rules import Rule
from .objects import act, find, optional, tree, word, write


def create_named(cloud: Cloud, kind: Collection, name: Any) -> int:
    """Create an object that needs only a name; returns its ID."""
    return cloud.call(f"{kind.prefix}.allocate", object_name(kind.title, name))


def take_host_out(cloud: Cloud, kind: Collection, target: Any, host: Any) -> bool:
    """Move a host from a cluster to the cluster ``default``."""
    cluster, found = find(cloud, kind, target), find(cloud, HOSTS, host)
    # The call does not check the cluster of the host.
    if found.number("CLUSTER_ID") != cluster.id:
        raise RefusedError(f"host {found.name} (ID {found.id}) is in cluster {found.text('CLUSTER')}.")
    cloud.call("one.cluster.delhost", cluster.id, found.id)
    return True


def create_host(cloud: Cloud, kind: Collection, name: Any, im_mad: Any, vm_mad: Any, cluster: Any) -> int:
    """Create a host; returns its ID."""
    drivers = (word("im_mad", im_mad), word("vm_mad", vm_mad))
    return cloud.call("one.host.allocate", object_name(kind.title, name), *drivers, optional(cloud, CLUSTERS, cluster))


def set_status(cloud: Cloud, kind: Collection, target: Any, status: str) -> bool:
    """Enable or disable a host, or take it offline."""
    return act(cloud, kind, target, None, "status", STATUS[status])


def flush(cloud: Cloud, kind: Collection, target: Any) -> list[int]:
    """Disable a host, and have its VMs moved to others; returns their IDs."""
    host = find(cloud, kind, target)
    cloud.call("one.host.status", host.id, STATUS["disabled"])
    vms = sorted(cloud.read(kind, host.id).ids("VMS"))
    for vm in vms:
        cloud.call(f"{VMS.prefix}.action", "resched", vm)
    return vms


def monitoring(cloud: Cloud, kind: Collection, target: Any) -> Any:
    """The monitoring data of an object, as nested dictionaries."""
    return tree(cloud.read_element(f"{kind.prefix}.monitoring", find(cloud, kind, target).id))


def list_rules(cloud: Cloud, kind: Collection) -> list[dict[str, Any]]:
    """The ACL rules, sorted by ID."""
    return [
        {"id": each.id, "rule": spelled(cloud, Rule.of(each)), "ours": ACL.is_ours(cloud, each)}
        for each in sorted(cloud.pool(kind), key=lambda each: each.id)
    ]


def create_rule(cloud: Cloud, kind: Collection, text: Any) -> int:
    """Create an ACL rule from its text; returns its ID."""
    return cloud.call("one.acl.addrule", *rule_of(cloud, text).parameters)


def delete_rule(cloud: Cloud, kind: Collection, target: Any) -> bool:
    """Delete an ACL rule, given its ID or its text."""
    if not isinstance(target, int) or isinstance(target, bool):
        read(str(target))
        found = ACL.find(cloud, str(target))
        if found is None:
            raise MissingError(f"There is no {kind.title} {target}.")
        target = found.id
    cloud.call("one.acl.delrule", target)
    return True


def add_server(cloud: Cloud, kind: Collection, target: Any, name: Any, endpoint: Any) -> bool:
    """Add a server to a zone."""
    return write(cloud, kind, target, None, "addserver", {"SERVER": {"NAME": name, "ENDPOINT": endpoint}})
