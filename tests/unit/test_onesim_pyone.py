"""The public Python client, with its bindings, on onesim."""

import pyone
import pytest

from onesim.testing import running


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
