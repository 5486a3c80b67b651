"""Clusters: hosts, datastores and networks that belong together."""

import re

from onesim.api import generic
from onesim.api.dispatch import method
from onesim.cloud.things import Kind, Thing, check_name, ids_xml
from onesim.errors import ActionError, AllocateError, InternalError
from onesim.kinds import vdc
from onesim.rights.access import ADMIN, CREATE, MANAGE, authorize, creation
from onesim.rights.acl_rules import CLUSTER, ID_MASK
from onesim.text.templates import Template

FIRST_OF_USERS = 100
DEFAULT = 0
_NUMBER_OR_EMPTY = r"(\d+(\.\d+)?|)"
_DRS = (
    ("POLICY", r"(pack|balance)"),
    ("AUTOMATION", r"(manual|partial|full)"),
    ("MIGRATION_THRESHOLD", rf"(-1|{_NUMBER_OR_EMPTY})"),
    ("HOST_MIGRATION_THRESHOLD", rf"(-1|{_NUMBER_OR_EMPTY})"),
    ("DS_MIGRATION_THRESHOLD", rf"(-1|{_NUMBER_OR_EMPTY})"),
    *((name, _NUMBER_OR_EMPTY) for name in ("CPU_USAGE_WEIGHT", "CPU_WEIGHT", "MEMORY_WEIGHT", "NET_WEIGHT")),
    *((name, _NUMBER_OR_EMPTY) for name in ("DISK_WEIGHT", "PREDICTIVE")),
)


class Cluster(Thing):
    def __init__(self, name):
        super().__init__(Template.of(RESERVED_CPU="", RESERVED_MEM=""), name)
        self.members = {"HOSTS": set(), "DATASTORES": set(), "VNETS": set()}
        self.display_ports = set()

    def render(self):
        members = "".join(ids_xml(tag, oids) for tag, oids in self.members.items())
        return f"<CLUSTER><ID>{self.oid}</ID><NAME>{self.name}</NAME>{members}{self.template.xml()}</CLUSTER>"


class ClusterKind(Kind):
    name, title, xml_title, tag, pool_tag = "CLUSTER", "cluster", "Cluster", "CLUSTER", "CLUSTER_POOL"
    thing = Cluster
    names_per_owner = False

    def updated_template(self, cloud, thing, old):
        drs = thing.template.vector("ONE_DRS")
        for name, pattern in _DRS if drs is not None else ():
            value = drs.get(name, "").strip().lower()
            if not re.fullmatch(pattern, value):
                raise InternalError(f"Error cluster template contains invalid {name}")
            if value:
                drs[name] = value

    def after_update(self, cloud, thing):
        for oid in thing.members["HOSTS"]:
            cloud.update(cloud.get("HOST", oid))  # their capacity depends on what the cluster reserves

    def after_rename(self, cloud, thing):
        for oid in thing.members["HOSTS"]:
            host = cloud.get("HOST", oid)
            host.cluster_name = thing.name
            cloud.update(host)

    def drop(self, call, thing):
        if thing.oid < FIRST_OF_USERS:
            raise ActionError(f"System Clusters (ID < {FIRST_OF_USERS}) cannot be deleted.")
        for tag, oids in thing.members.items():
            if oids:
                raise ActionError(f"Cluster {thing.oid} is not empty, it contains {len(oids)} {tag.lower()}.")
        call.cloud.drop(thing)
        call.cloud.acl.remove_where(lambda rule: rule.resource & (CLUSTER | ID_MASK) == CLUSTER | thing.oid)
        vdc.forget_resource(call.cloud, "CLUSTER", thing.oid)


KIND = ClusterKind()
generic.register(
    KIND, "cluster", "info update rename delete", operation=ADMIN, operations={"update": MANAGE, "rename": MANAGE}
)
generic.register_pool(KIND, "one.clusterpool.info", filtered=False)


@method("one.cluster.allocate", "s", kind=KIND, operation=CREATE)
def allocate(call, name):
    authorize(call, (CREATE, creation(KIND, call)))
    check_name(name, AllocateError)
    taken = call.cloud.pool("CLUSTER").named(name)
    if taken:
        raise AllocateError(f"NAME is already taken by CLUSTER {taken.oid}.")
    return call.cloud.pool("CLUSTER").insert(Cluster(name))


def _change_members(call, oid, kind_name, member_id, join):
    cluster = call.cloud.get("CLUSTER", oid)
    member = call.cloud.get(kind_name, member_id)
    authorize(call, (ADMIN, cluster), (ADMIN, member))
    if (oid in member.clusters) == join:
        return oid
    members = cluster.members[member.kind.clustered]
    if join:
        member.clusters.add(oid)
        members.add(member_id)
    else:
        member.clusters.discard(oid)
        members.discard(member_id)
    call.cloud.update(member)
    call.cloud.update(cluster)
    return oid


def _register_members(kind_name, word):
    @method(f"one.cluster.add{word}", "ii", kind=KIND, operation=ADMIN)
    def add(call, oid, member_id):
        return _change_members(call, oid, kind_name, member_id, join=True)

    @method(f"one.cluster.del{word}", "ii", kind=KIND, operation=ADMIN)
    def delete(call, oid, member_id):
        return _change_members(call, oid, kind_name, member_id, join=False)


_register_members("DATASTORE", "datastore")
_register_members("NET", "vnet")


@method("one.cluster.addhost", "ii", kind=KIND, operation=ADMIN)
def addhost(call, oid, host_id):
    """Moves a host into a cluster; a host is always in exactly one."""
    _move_host(call, oid, host_id)
    return oid


@method("one.cluster.delhost", "ii", kind=KIND, operation=ADMIN)
def delhost(call, oid, host_id):
    """Moves a host back to the default cluster, whatever cluster is given."""
    _move_host(call, DEFAULT, host_id)
    return oid


def _move_host(call, oid, host_id):
    cloud = call.cloud
    cluster, host = cloud.get("CLUSTER", oid), cloud.get("HOST", host_id)
    authorize(call, (ADMIN, cluster), (ADMIN, host))
    if host.cluster_id == oid:
        return
    old = cloud.find("CLUSTER", host.cluster_id)
    host.cluster_id, host.cluster_name = oid, cluster.name
    cluster.members["HOSTS"].add(host_id)
    cloud.update(cluster)
    if old:
        old.members["HOSTS"].discard(host_id)
        cloud.update(old)
    cloud.update(host)
    host.kind.moved(cloud, host, old.oid if old else DEFAULT)
