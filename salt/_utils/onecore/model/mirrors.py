"""Relations that two objects contain: a dry run shows an announced one in the copies of both.

A state of one of them is then compared like in a real run, which reads what the state of the other one has changed.
"""

from __future__ import annotations

from ..cloud.directory import CLUSTERS, GROUPS, HOSTS, USERS
from ..cloud.view import Cloud


def show_administrator(cloud: Cloud, group: int, user: int) -> None:
    """Show a user as an administrator, and so as a member, of a group."""
    if group in cloud.pool(GROUPS).by_id and user in cloud.pool(USERS).by_id:
        copy = cloud.foresee(GROUPS, group)
        copy.put_id("ADMINS", user)
        copy.put_id("USERS", user)
        cloud.foresee(USERS, user).put_id("GROUPS", group)


def show_no_administrator(cloud: Cloud, group: int, user: int) -> None:
    """Show a user as none, who stays a member."""
    if group in cloud.pool(GROUPS).by_id:
        cloud.foresee(GROUPS, group).take_id("ADMINS", user)


def show_moved(cloud: Cloud, host: int, name: str) -> None:
    """Show a host in another cluster, which may only be announced."""
    if host not in cloud.pool(HOSTS).by_id:
        return
    cluster, copy = cloud.find(CLUSTERS, name), cloud.foresee(HOSTS, host)
    former = copy.number("CLUSTER_ID")
    if former in cloud.pool(CLUSTERS).by_id:
        cloud.foresee(CLUSTERS, former).take_id("HOSTS", host)
    copy.put("CLUSTER", name)
    if cluster is not None:
        copy.put("CLUSTER_ID", str(cluster.id))
        cloud.foresee(CLUSTERS, cluster.id).put_id("HOSTS", host)
