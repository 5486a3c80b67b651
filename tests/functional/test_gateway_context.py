"""The NICs in the context of a new gateway: one default route, before any state has run inside."""

import pytest

from tools.masterless import Witness

pytest_plugins = ["tests.functional.driver"]

ROUTER, INSIDE = "192.168.230.1", "10.0.0.1"
NETWORKS = {"lan": {"vlan": 0, "cidr": "10.0.0.0/24", "first": "10.0.0.50", "size": 50, "gateway": INSIDE}}
UPLINK = {"driver": "bridge", "bridge": "br0", "cidr": "192.168.230.0/24", "first": "192.168.230.11", "size": 9}


@pytest.fixture
def gateways(drive, cloud, connection):
    """The number of gateways that VMs are told of by NIC, with more said of alice's gateway."""

    def told(**more):
        template = {"cpu": 0.1, "memory": "64M", "permissions": "644", "context": {"NETWORK": "YES"}}
        template["attributes"] = {"VROUTER": "YES"} if "virtual_router" in more else {}
        config = {
            "connection": connection(cloud),
            "shared": {
                "networks": {"EOLE": {**UPLINK, "gateway": ROUTER, "permissions": "644"}},
                "templates": {"gateway": template},
            },
            "blueprints": {
                "eole": {
                    "vlans": {"phydev": "eth1"},
                    "networks": NETWORKS,
                    "gateway": {"template": "gateway", "lan": ["lan"], **more},
                }
            },
            "users": {"alice": {"blueprint": "eole", "vlan_base": 100}},
        }
        one = drive(config, cloud)
        one.converge("opennebula.shared", name="everybody")
        one.converge("opennebula.infrastructure", name="alice")
        one.settled("opennebula.infrastructure", name="alice")
        pool = Witness(cloud.endpoint).pool("one.vmpool.infoextended", -2, -1, -1, -1)
        context = {each.tag: each.text or "" for each in pool.find("VM/TEMPLATE/CONTEXT")}
        return [value for name, value in sorted(context.items()) if name.endswith("_GATEWAY")]

    return told


@pytest.mark.parametrize("more", [{}, {"virtual_router": {}}], ids=("VM", "virtual router"))
def test_the_uplink_is_the_only_way_out(gateways, more):
    assert [each for each in gateways(uplink={"network": "EOLE"}, **more) if each] == [ROUTER]


def test_without_an_uplink_the_networks_say_where_to_go(gateways):
    assert [each for each in gateways() if each] == [INSIDE]
