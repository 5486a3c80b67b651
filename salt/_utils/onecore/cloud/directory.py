"""The collections of a cloud: how objects of each kind are listed and found."""

from __future__ import annotations

from . import states, vm_states
from .collection import NAME, NUMBER, Collection

USERS = Collection(
    cli="oneuser",
    title="user",
    prefix="one.user",
    pool="one.userpool.info",
    element="USER",
    key=NAME,
    pool_params=(),
)
GROUPS = Collection(
    cli="onegroup",
    title="group",
    prefix="one.group",
    pool="one.grouppool.info",
    element="GROUP",
    key=NAME,
    pool_params=(),
)
NETWORKS = Collection(
    cli="onevnet",
    title="virtual network",
    prefix="one.vn",
    pool="one.vnpool.info",
    element="VNET",
    owners=USERS,
    # A reservation.
    is_part_of_another=lambda network: bool(network.text("PARENT_NETWORK_ID")),
    settled=states.NETWORK,
    state=states.network_state,
)
IMAGES = Collection(
    cli="oneimage",
    title="image",
    prefix="one.image",
    pool="one.imagepool.info",
    element="IMAGE",
    owners=USERS,
    copied=True,
    settled=states.IMAGE,
)
TEMPLATES = Collection(
    cli="onetemplate",
    title="template",
    prefix="one.template",
    pool="one.templatepool.info",
    element="VMTEMPLATE",
    owners=USERS,
    copied=True,
    gives_way=lambda template: template.mark is not None,
)
VMS = Collection(
    cli="onevm",
    title="VM",
    prefix="one.vm",
    pool="one.vmpool.infoextended",
    element="VM",
    owners=USERS,
    template="USER_TEMPLATE",
    # The last number asks for all VMs except those that are DONE.
    pool_params=(-2, -1, -1, -1),
    several=lambda numbers: ("one.vmpool.infoset", ",".join(map(str, sorted(numbers))), True),
    past=vm_states.DONE,
    settled=vm_states.SETTLED,
    state=vm_states.state,
    gone=lambda vm: vm.state == vm_states.DONE,
    is_part=lambda vm: bool(vm.text("TEMPLATE/VROUTER_ID")),
    # It is created as its owner.
    handed_over=False,
    gives_way=vm_states.is_untouched,
)
ROUTERS = Collection(
    cli="onevrouter",
    title="virtual router",
    prefix="one.vrouter",
    pool="one.vrouterpool.info",
    element="VROUTER",
    owners=USERS,
    gives_way=lambda router: router.mark is not None and not router.ids("VMS"),
)
SECURITY_GROUPS = Collection(
    cli="onesecgroup",
    title="security group",
    prefix="one.secgroup",
    pool="one.secgrouppool.info",
    element="SECURITY_GROUP",
    owners=USERS,
    copied=True,
    settled=states.SECURITY_GROUP,
    state=states.security_group_state,
)
VNTEMPLATES = Collection(
    cli="onevntemplate",
    title="virtual network template",
    prefix="one.vntemplate",
    pool="one.vntemplatepool.info",
    element="VNTEMPLATE",
    owners=USERS,
    copied=True,
    gives_way=lambda template: template.mark is not None,
)
VM_GROUPS = Collection(
    cli="onevmgroup",
    title="VM group",
    prefix="one.vmgroup",
    pool="one.vmgrouppool.info",
    element="VM_GROUP",
    owners=USERS,
)
CLUSTERS = Collection(
    cli="onecluster",
    title="cluster",
    prefix="one.cluster",
    pool="one.clusterpool.info",
    element="CLUSTER",
    key=NAME,
    pool_params=(),
)
HOSTS = Collection(
    cli="onehost",
    title="host",
    prefix="one.host",
    pool="one.hostpool.info",
    element="HOST",
    key=NAME,
    pool_params=(),
    states=states.HOST,
)
DATASTORES = Collection(
    cli="onedatastore",
    title="datastore",
    prefix="one.datastore",
    pool="one.datastorepool.info",
    element="DATASTORE",
    # It has an owner, but its name is unique in the cloud.
    key=NAME,
    owners=USERS,
    pool_params=(),
    states=states.DATASTORE,
)
VDCS = Collection(
    cli="onevdc",
    title="VDC",
    prefix="one.vdc",
    pool="one.vdcpool.info",
    element="VDC",
    key=NAME,
    pool_params=(),
)
ZONES = Collection(
    cli="onezone",
    title="zone",
    prefix="one.zone",
    pool="one.zonepool.info",
    element="ZONE",
    key=NAME,
    pool_params=(),
    states=states.ZONE,
)
ACLS = Collection(
    cli="oneacl",
    title="ACL rule",
    prefix="one.acl",
    pool="one.acl.info",
    element="ACL",
    key=NUMBER,
    marked=False,
    pool_params=(),
    alone=False,
)

#: In the order in which people look for them.
EVERY = (
    VMS,
    ROUTERS,
    NETWORKS,
    IMAGES,
    TEMPLATES,
    SECURITY_GROUPS,
    VNTEMPLATES,
    VM_GROUPS,
    DATASTORES,
    USERS,
    GROUPS,
    CLUSTERS,
    HOSTS,
    VDCS,
    ACLS,
    ZONES,
)
#: Collections of objects that have an owner.
OWNED = tuple(each for each in EVERY if each.owners is not None)
