"""The public Python client, with its bindings, on onesim."""

import time

import pyone
import pytest

from onesim.testing import running

READY, USED = 1, 2  # of images
ACTIVE, DONE, POWEROFF = 3, 6, 8  # of VMs
RUNNING = 3  # of the life cycle of active ones


@pytest.fixture(scope="module")
def server():
    with running() as cloud:
        yield cloud


@pytest.fixture
def one(server):
    return pyone.OneServer(server.endpoint, session=server.session)


def test_a_network_as_an_object(one):
    lab = {"NAME": "lab", "VN_MAD": "dummy", "BRIDGE": "br0", "AR": {"TYPE": "ETHER", "SIZE": 3}}
    oid = one.vn.allocate({"TEMPLATE": lab}, -1)
    vnet = one.vn.info(oid)
    assert (vnet.NAME, vnet.UNAME, vnet.PERMISSIONS.OWNER_M, vnet.CLUSTERS.ID) == ("lab", "oneadmin", 1, [0])
    one.vn.update(oid, {"TEMPLATE": {"NOTE": 'a "quoted" word', "V": {"A": "1"}}}, 1)
    template = one.vn.info(oid).TEMPLATE
    assert (template["NOTE"], template["V"]["A"]) == ('a "quoted" word', "1")
    assert [network.ID for network in one.vnpool.info(-2, -1, -1).VNET] == [oid]


def test_a_user_and_its_group(one):
    gid = one.group.allocate("students")
    uid = one.user.allocate("alice", "secret", "core", [gid])
    user, group = one.user.info(uid), one.group.info(gid)
    gids, enabled, uids = user.GROUPS.ID, user.ENABLED, group.USERS.ID
    assert (gids, enabled, uids) == ([gid], 1, [uid])
    assert [user.NAME for user in one.userpool.info().USER] == ["alice", "serveradmin", "oneadmin"]


def test_pools_of_a_fresh_cloud(one):
    assert [host.NAME for host in one.hostpool.info().HOST] == ["host03", "host02", "host01"]
    assert [store.NAME for store in one.datastorepool.info().DATASTORE] == ["files", "default", "system"]
    assert one.clusterpool.info().CLUSTER[0].NAME == "default"
    assert one.zonepool.info().ZONE[0].NAME == "OpenNebula"
    assert one.system.version() == "7.4.0"


def test_refusals_are_exceptions(server, one):
    with pytest.raises(pyone.OneNoExistsException, match="Error getting virtual network"):
        one.vn.info(99)
    with pytest.raises(pyone.OneInternalException, match="already taken"):
        one.user.allocate("oneadmin", "x", "core", [])
    with pytest.raises(pyone.OneAuthenticationException):
        pyone.OneServer(server.endpoint, session="oneadmin:wrong").system.version()


def until(reached):
    end = time.monotonic() + 20
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture(scope="module")
def vm(server):
    """A running VM with a disk and a NIC; the client and its number."""
    one = pyone.OneServer(server.endpoint, session=server.session)
    net = one.vn.allocate("NAME=wired VN_MAD=dummy BRIDGE=br0 AR=[TYPE=IP4,IP=10.0.0.10,SIZE=9]", -1)
    image = one.image.allocate({"NAME": "disk", "TYPE": "DATABLOCK", "SIZE": 10}, 1)
    until(lambda: one.image.info(image).STATE == READY)
    base = {"NAME": "base", "CPU": 0.1, "MEMORY": 64, "DISK": {"IMAGE_ID": image}, "NIC": {"NETWORK_ID": net}}
    template = one.template.allocate({"TEMPLATE": base})
    number = one.template.instantiate(template, "web", False, {"ROLE": "web"}, False)
    until(lambda: one.vm.info(number).LCM_STATE == RUNNING)
    return one, number


def test_a_vm_as_an_object(vm):
    one, number = vm
    found = one.vm.info(number)
    assert (found.NAME, found.STATE, found.GNAME) == ("web", ACTIVE, "oneadmin")
    assert found.TEMPLATE["NIC"]["IP"] == "10.0.0.10"
    assert found.TEMPLATE["DISK"]["IMAGE"] == "disk"
    assert found.USER_TEMPLATE["ROLE"] == "web"
    assert found.HISTORY_RECORDS.HISTORY[0].HOSTNAME.startswith("host0")


def test_a_vm_in_its_pools_and_what_it_holds(vm):
    one, number = vm
    assert [found.ID for found in one.vmpool.info(-2, -1, -1, -1).VM] == [number]
    assert [found.USER_TEMPLATE["ROLE"] for found in one.vmpool.infoextended(-2, -1, -1, -1).VM] == ["web"]
    (lease,) = one.vn.info(one.vnpool.info(-2, -1, -1).VNET[0].ID).AR_POOL.AR[0].LEASES.LEASE
    assert ("10.0.0.10", number) == (lease.IP, lease.VM)
    image = one.imagepool.info(-2, -1, -1).IMAGE[0]
    assert (USED, 1, [number]) == (image.STATE, image.RUNNING_VMS, image.VMS.ID)


def test_a_vm_is_changed_and_ends(vm):
    one, number = vm
    assert one.vm.attachnic(number, {"TEMPLATE": {"NIC": {"NETWORK": "wired"}}}) == number
    until(lambda: one.vm.info(number).LCM_STATE == RUNNING)
    assert [nic["NIC_ID"] for nic in one.vm.info(number).TEMPLATE["NIC"]] == ["0", "1"]
    one.vm.action("poweroff", number)
    until(lambda: one.vm.info(number).STATE == POWEROFF)
    with pytest.raises(pyone.OneActionException, match="not available for state POWEROFF"):
        one.vm.action("suspend", number)
    one.vm.action("terminate", number)
    until(lambda: one.vm.info(number).STATE == DONE)
    assert one.vmpool.info(-2, -1, -1, -1).VM == []


def test_quotas_and_rules(one):
    uid = one.user.allocate("quotas", "secret", "core", [])
    one.user.quota(uid, "NETWORK=[ID=0,LEASES=3]")
    quota = one.user.info(uid).NETWORK_QUOTA.NETWORK[0]
    assert (quota.ID, quota.LEASES, quota.LEASES_USED) == ("0", "3", "0")
    rule = one.acl.addrule(hex(0x100000000 | uid), "0x4100000000", "0x1", "0x100000000")
    assert rule in [found.ID for found in one.acl.info().ACL]


def test_what_else_there_is(one):
    cluster = one.cluster.allocate("rack")
    one.cluster.addhost(cluster, 0)
    assert one.cluster.info(cluster).HOSTS.ID == [0]
    vdc = one.vdc.allocate("NAME=faculty", cluster)
    one.vdc.addgroup(vdc, 1)
    assert one.vdc.info(vdc).GROUPS.ID == [1]
    group = one.secgroup.allocate("NAME=web RULE=[PROTOCOL=TCP,RULE_TYPE=inbound,RANGE=80]")
    assert one.secgroup.info(group).TEMPLATE["RULE"]["RANGE"] == "80"
    blueprint = one.vntemplate.allocate("NAME=plan VN_MAD=dummy BRIDGE=br1")
    net = one.vntemplate.instantiate(blueprint, "made", "")
    assert str(blueprint) == one.vn.info(net).TEMPLATE_ID
    router = one.vrouter.allocate("NAME=router")
    assert one.vrouter.info(router).NAME == "router"
    roles = one.vmgroup.allocate("NAME=farm ROLE=[NAME=a]")
    assert one.vmgroup.info(roles).ROLES.ROLE[0].NAME == "a"
    assert one.marketpool.info().MARKETPLACE[0].NAME == "Linux Containers"
