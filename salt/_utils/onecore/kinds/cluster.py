"""Clusters, hosts and datastores: looked up by name, never made here."""

from __future__ import annotations

from ..model.kind import Kind

CLUSTER = Kind(
    cli="onecluster",
    title="cluster",
    prefix="one.cluster",
    pool="one.clusterpool.info",
    element="CLUSTER",
    owned=False,
    pool_params=(),
)

DATASTORE = Kind(
    cli="onedatastore",
    title="datastore",
    prefix="one.datastore",
    pool="one.datastorepool.info",
    element="DATASTORE",
    owned=False,
    pool_params=(),
)

HOST = Kind(
    cli="onehost",
    title="host",
    prefix="one.host",
    pool="one.hostpool.info",
    element="HOST",
    owned=False,
    pool_params=(),
)
