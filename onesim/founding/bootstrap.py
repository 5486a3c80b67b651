"""A new cloud: the objects that the daemon creates on its first start, and three small hosts."""

from onesim.api.dispatch import Call
from onesim.cloud.cloud import Cloud
from onesim.founding import registry
from onesim.kinds import cluster, datastore, group, host, marketplace, secgroup, user, vdc, zone
from onesim.oned_conf import DEFAULT_UMASK
from onesim.rights.access import CREATE, USE
from onesim.rights.acl_rules import ALL, GROUP
from onesim.rights.acl_rules import kinds as types
from onesim.text.templates import Template

FIRST_FREE = 99
HOSTS = ("host01", "host02", "host03")
VIEWS = {
    "DEFAULT_VIEW": "cloud",
    "VIEWS": "cloud",
    "GROUP_ADMIN_DEFAULT_VIEW": "groupadmin",
    "GROUP_ADMIN_VIEWS": "groupadmin,cloud",
}
VDC_TEXT = (
    "Every new group is added to this VDC. Use it to store default access rules for your groups."
    " NOTE: You may need to remove a group from the default VDC before assigning it to other VDC."
)
SECGROUP_TEXT = (
    "The default security group is added to every network. Use it to add default filter rules for your networks."
    " You may remove this security group from any network by updating its properties."
)
RESERVED_NUMBERS = ("GROUP", "CLUSTER", "DATASTORE", "ZONE", "VDC", "SECGROUP")


def empty_cloud(pace=0.0, haste=1.0):
    """A cloud without anything in it."""
    return Cloud(registry.load(), pace, haste)


def bootstrap(cloud, oneadmin_password="opennebula", hosts=HOSTS):
    """Fills an empty cloud with the objects of a new one, and with hosts."""
    oneadmins, users = group.new_group(cloud, "oneadmin"), group.new_group(cloud, "users")
    users.template.add("SUNSTONE", dict(VIEWS))
    cloud.update(users)
    user.new_user(cloud, "oneadmin", oneadmin_password, "core", [oneadmins.oid])
    user.new_user(cloud, "serveradmin", user.random_secret(), "server_cipher", [oneadmins.oid])
    _rules(cloud)
    call = Call(cloud, uid=0, gid=0, uname="oneadmin", gname="oneadmin", groups=frozenset({0}), umask=DEFAULT_UMASK)
    default = cluster.Cluster("default")
    cloud.pool("CLUSTER").insert(default)
    _datastores(call, default)
    endpoints = Template.of(ENDPOINT="http://localhost:2633/RPC2", ENDPOINT_GRPC="localhost:2634")
    cloud.pool("ZONE").insert(zone.Zone("OpenNebula", endpoints))
    _vdc(cloud, users.oid)
    _secgroup(call)
    marketplace.default_marketplaces(cloud)
    for kind_name in RESERVED_NUMBERS:
        cloud.pool(kind_name).reserve_numbers(FIRST_FREE)
    for name in hosts:
        machine = host.new_host(cloud, name, "dummy", "dummy", default)
        machine.monitor()
        cloud.update(machine)
    return cloud


def _rules(cloud):
    created = types("VM+IMAGE+TEMPLATE+DOCUMENT+SECGROUP+VMGROUP+BACKUPJOB")
    cloud.acl.add(GROUP | 1, ALL | created, CREATE, ALL)
    cloud.acl.add(ALL, ALL | types("ZONE"), USE, ALL)
    cloud.acl.add(ALL, ALL | types("MARKETPLACE+MARKETPLACEAPP"), USE, ALL)


def _datastores(call, default):
    for text in (
        'NAME="system" TYPE="SYSTEM_DS" TM_MAD="dummy"',
        'NAME="default" TYPE="IMAGE_DS" DS_MAD="dummy" TM_MAD="dummy"',
        'NAME="files" TYPE="FILE_DS" DS_MAD="fs" TM_MAD="local"',
    ):
        store = datastore.Datastore(Template.parse(text), call, {default.oid})
        store.permissions = 0o640
        call.cloud.pool("DATASTORE").insert(store)
        default.members["DATASTORES"].add(store.oid)
    call.cloud.update(default)


def _vdc(cloud, users_gid):
    default = vdc.Vdc(Template.of(NAME="default", DESCRIPTION=VDC_TEXT))
    cloud.pool("VDC").insert(default)
    default.add_group(cloud, users_gid)
    default.add_resource(cloud, "CLUSTER", vdc.ZONE_ID, vdc.ALL_RESOURCES)
    cloud.update(default)


def _secgroup(call):
    rules = [("RULE", {"RULE_TYPE": way, "PROTOCOL": "ALL"}) for way in ("OUTBOUND", "INBOUND")]
    default = secgroup.SecurityGroup(Template([("NAME", "default"), ("DESCRIPTION", SECGROUP_TEXT), *rules]), call)
    default.permissions = 0o744
    call.cloud.pool("SECGROUP").insert(default)
