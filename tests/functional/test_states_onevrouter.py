"""Virtual routers: made for their owner with their VMs, changed together, removed together, refused."""

import copy

import pytest

from tools.masterless import Witness

pytest_plugins = ["tests.functional.driver"]

LAN, EOLE = {"network": "lan", "ip": "10.0.0.1"}, {"network": "EOLE", "owner": "oneadmin", "ip": "192.168.230.11"}
SECRET = "a secret of thirty-two characters"
BASE = {"cpu": 0.1, "memory": 64, "context": {"network": "YES"}, "permissions": "644"}
USERS = ("alice", "bob")
ASKING = {"VROUTER": "YES", "USER_INPUTS": {"PW": "M|text|"}}


@pytest.fixture(scope="module", autouse=True)
def ground(one):
    """Two users with a network lan each, a network for everybody, a template for routers and one for other VMs."""
    for name in USERS:
        one.state("oneuser.present", name=name, password="pw", group="users")
        ranges = {"lan": {"ip": "10.0.0.1", "size": 100}}
        one.state("onevnet.present", name="lan", owner=name, driver="dummy", bridge=name, address_ranges=ranges)
    shared = {"driver": "dummy", "bridge": "eole", "address_ranges": {"a": {"ip": "192.168.230.1", "size": 100}}}
    one.state("onevnet.present", name="EOLE", permissions="644", **shared)
    one.state("onetemplate.present", name="router", **BASE, attributes={"VROUTER": "YES"})
    one.state("onetemplate.present", name="plain", **BASE)


@pytest.fixture
def router(one):
    """Declare a router of alice's, which is gone after the test."""
    named = {"name": "edge", "owner": "alice"}

    def declare(**arguments):
        return one.converge("onevrouter.present", **named, **{"template": "router", **arguments})

    yield declare
    one.state("onevrouter.absent", **named)
    assert [row for row in one.run("onevm.list") if row["name"].startswith("edge")] == []
    assert leases(one, "lan", "alice") == leases(one, "EOLE", "oneadmin") == []


def leases(one, network, owner):
    """The addresses of a network that are in use."""
    ranges = one.show("onevnet", network, owner=owner)["AR_POOL"]["AR"]
    held = (ranges["LEASES"] or {}).get("LEASE") or []
    return [lease["IP"] for lease in (held if isinstance(held, list) else [held])]


def vm(one, number=0):
    return one.show("onevm", f"edge-{number}", owner="alice")


def addresses(shown, key="IP"):
    found = shown["TEMPLATE"].get("NIC") or []
    return [nic.get(key) for nic in (found if isinstance(found, list) else [found])]


def test_a_router_is_made_for_its_owner_with_its_vm(one, router):
    router(nics=[EOLE, LAN], context={"who": "edge", "VM_NAME": "edge"}, keepalived_id=17, attributes={"note": "x"})
    made, machine = one.show("onevrouter", "edge", owner="alice"), vm(one)
    assert (made["UNAME"], made["TEMPLATE"]["SALT_MANAGED"]) == ("alice", "sls/alice/onevrouter/edge")
    mark = machine["USER_TEMPLATE"]["SALT_MANAGED"]
    assert (machine["UNAME"], machine["GNAME"], mark) == ("alice", "users", "sls/alice/onevm/edge-0")
    assert addresses(machine) == ["192.168.230.11", "10.0.0.1"]
    assert machine["TEMPLATE"]["NIC"][1]["NETWORK_ID"] == one.show("onevnet", "lan", owner="alice")["ID"]
    context = machine["TEMPLATE"]["CONTEXT"]
    assert (context["WHO"], context["NETWORK"], context["VM_NAME"]) == ("edge", "YES", "edge-0")
    assert (machine["TEMPLATE"]["VROUTER_KEEPALIVED_ID"], made["TEMPLATE"]["NOTE"]) == ("17", "x")


def test_vms_share_floating_addresses(one, router):
    router(nics=[{**LAN, "floating_ip": True}], vms=2)
    assert [addresses(vm(one, number), "VROUTER_IP") for number in (0, 1)] == [["10.0.0.1"]] * 2
    assert sorted(leases(one, "lan", "alice")) == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]


def test_nics_come_and_go_for_all_vms(one, router):
    router(disruption="allow", nics=[EOLE])
    added = router(disruption="allow", nics=[EOLE, LAN])
    assert list(added.changes) == ["nics:lan"]
    assert addresses(vm(one)) == ["192.168.230.11", "10.0.0.1"]
    router(disruption="allow", nics=[LAN])
    assert addresses(vm(one)) == ["10.0.0.1"]
    floats = router(disruption="allow", nics=[{**LAN, "floating_ip": True}])
    assert sorted(floats.changes) == ["nics:NIC 1", "nics:lan"]
    assert addresses(vm(one), "VROUTER_IP") == ["10.0.0.1"]


def test_vms_come_and_go(one, router):
    router(nics=[{**LAN, "floating_ip": True}])
    more = router(nics=[{**LAN, "floating_ip": True}], vms=3)
    assert more.changes == {"vms": {"old": 1, "new": 3}}
    fewer = {"nics": [{**LAN, "floating_ip": True}], "vms": 2}
    assert "would disturb running VMs: vms from 3 to 2" in one.refused(
        "onevrouter.present", name="edge", owner="alice", template="router", **fewer
    )
    one.settled("onevrouter.present", name="edge", owner="alice", template="router", disruption="allow")
    router(**fewer, disruption="allow")
    assert [row["name"] for row in one.run("onevm.list", owner="alice")] == ["edge-0", "edge-1"]
    one.run("onevm.terminate", "edge-0", hard=True, owner="alice")
    one.wait_for(lambda: one.show("onevrouter", "edge", owner="alice")["VMS"]["ID"], lambda seen: isinstance(seen, str))
    router(nics=[{**LAN, "floating_ip": True}], vms=2)
    assert sorted(row["name"] for row in one.run("onevm.list", owner="alice")) == ["edge-0", "edge-1"]


def test_further_vms_need_a_template(one, router):
    router()
    said = one.refused("onevrouter.present", name="edge", owner="alice", vms=2)
    assert said == "Virtual router edge of alice: template: must be given to create further VMs."


def test_each_vm_enrols_by_itself(one, router):
    enrolment = {"minion_id": "gw-alice", "secret": SECRET}
    made = router(
        nics=[{**LAN, "floating_ip": True}], vms=2, context={"SALT_MINION_ID": "gw-alice"}, enrolment=enrolment
    )
    assert SECRET not in str(made.changes)
    pool = Witness(one.cloud.endpoint).pool("one.vmpool.infoextended", -2, -1, -1, -1)
    contexts = [machine.find("TEMPLATE/CONTEXT") for machine in pool if machine.findtext("NAME").startswith("edge-")]
    assert {context.findtext("SALT_MINION_ID") for context in contexts} == {"gw-alice", "gw-alice-1"}
    assert len({context.findtext("SALT_ENROLMENT_TOKEN") for context in contexts}) == 2


def test_its_vms_are_sized_named_and_powered(one, router):
    """Each as declared, further ones too; the context tells each its name."""
    router(vms=2, cpu=0.5, memory=128, vm_name="edge%i", power="poweroff", context={"VM_NAME": "edge"})
    changed = router(vms=3, cpu=0.2, memory=96, vm_name="edge-r%i", power="running", context={"VM_NAME": "edge"})
    assert changed.changes["power:edge0"] == {"old": "poweroff", "new": "running"}
    assert changed.changes["memory:edge1"] == {"old": 128, "new": 96}
    shown = [one.show("onevm", f"edge-r{number}", owner="alice") for number in range(3)]
    sizes = {(each["TEMPLATE"]["CPU"], each["TEMPLATE"]["MEMORY"], each["LCM_STATE"]) for each in shown}
    assert sizes == {("0.2", "96", "3")}
    assert [each["TEMPLATE"]["CONTEXT"]["VM_NAME"] for each in shown] == [each["NAME"] for each in shown]
    marks = {each["USER_TEMPLATE"]["SALT_MANAGED"] for each in shown}
    assert marks == {f"sls/alice/onevm/edge-r{number}" for number in range(3)}


def test_what_its_template_asks_for_is_answered_first(one, router):
    one.state(
        "onetemplate.present", name="asking", **BASE, attributes={"VROUTER": "YES", "USER_INPUTS": {"PW": "M|text|"}}
    )
    before = one.writes()
    refused = one.state("onevrouter.present", name="edge", owner="alice", template="asking")
    assert (refused.result, one.writes()) == (False, before)
    assert "template asking asks for PW" in refused.comment and refused.comment.endswith("set it in context.")
    router(template="asking", context={"PW": "given"})
    assert vm(one)["TEMPLATE"]["CONTEXT"]["PW"] == "given"
    assert "asks for PW" in one.refused("onevrouter.present", name="edge", owner="alice", template="asking", vms=2)


def test_it_is_renamed_with_its_vms(one):
    named = {"owner": "alice", "template": "router", "vms": 2}
    one.state("onevrouter.present", name="before", **named)
    done = one.converge("onevrouter.renamed", name="after", source="before", owner="alice")
    assert done.changes == {
        "name:before-0": {"old": "before-0", "new": "after-0"},
        "name:before-1": {"old": "before-1", "new": "after-1"},
        "name": {"old": "before", "new": "after"},
    }
    one.settled("onevrouter.present", name="after", **named)
    one.converge("onevrouter.present", name="after", **{**named, "vms": 3})
    assert {row["name"] for row in one.run("onevm.list")} == {"after-0", "after-1", "after-2"}
    one.converge("onevrouter.absent", name="after", owner="alice")


@pytest.mark.parametrize(
    ("declared", "fault"),
    [
        ({"template": "plain"}, "template: plain needs the attribute VROUTER"),
        ({"template": "nothing"}, "template: template nothing of oneadmin does not exist"),
        ({}, "template must be given"),
        ({"template": "router", "nics": [{"network": "lan", "owner": "bob"}]}, "is not shared with alice"),
        ({"template": "router", "nics": [{"network": "nothing"}]}, "virtual network nothing of alice does not exist"),
        ({"template": "router", "vms": -1}, "vms: must be a whole number"),
        ({"template": "router", "vmz": 1}, "did you mean 'vms'"),
        ({"template": "router", "attributes": {"NIC": "x"}}, "use nics instead"),
    ],
)
def test_what_is_refused(one, declared, fault):
    before = one.writes()
    refused = one.state("onevrouter.present", name="odd", owner="alice", **declared)
    assert refused.result is False
    assert fault in refused.comment
    assert one.writes() == before


def test_a_router_that_others_made_is_left_alone(one):
    one.run("onevrouter.create", "byhand", {"NOTE": "mine"})
    refused = one.state("onevrouter.absent", name="byhand")
    assert refused.result is False and "was not created by these states" in refused.comment
    assert one.state("onevrouter.absent", name="byhand", unmanaged=True).result is True


GATEWAY = {"template": "router", "lan": ["lan"], "uplink": {"network": "EOLE"}, "virtual_router": {}}
PILLAR = {
    "prune": True,
    "max_deletions": 30,
    "shared": {
        "networks": {"EOLE": {"driver": "bridge", "cidr": "192.168.230.0/24", "first": "192.168.230.11", "size": 50}},
        "templates": {"router": {"cpu": 0.1, "memory": "64M", "permissions": "644", "attributes": {"VROUTER": "YES"}}},
    },
    "blueprints": {
        "eole": {
            "vlans": {"phydev": "eth1"},
            "networks": {
                "lan": {"vlan": 0, "cidr": "10.0.0.0/24", "first": "10.0.0.50", "size": 20},
                "dmz": {"vlan": 1, "cidr": "10.1.0.0/24", "first": "10.1.0.50", "size": 20},
            },
            "gateway": GATEWAY,
        }
    },
    "users": {"carol": {"blueprint": "eole", "vlan_base": 100}},
}
PILLAR["shared"]["networks"]["EOLE"] |= {"bridge": "br0", "permissions": "644"}


@pytest.fixture
def whole(drive, cloud, connection):
    """Make carol's infrastructure with more said of it: ``whole(gateway={…})``; the driver comes along."""

    def build(**more):
        config = copy.deepcopy(PILLAR) | {"connection": connection(cloud)}
        config["blueprints"]["eole"].update(more)
        one = drive(config, cloud)
        assert one.state("opennebula.shared", name="everybody").result is True
        return one

    return build


def test_a_gateway_that_is_a_virtual_router(whole):
    one = whole()
    one.converge("opennebula.infrastructure", name="carol")
    assert one.state("opennebula.arrived", name="all").result is True
    machine = one.show("onevm", "gateway-0", owner="carol")
    assert (machine["LCM_STATE"], addresses(machine)[1]) == ("3", "10.0.0.1")
    assert machine["TEMPLATE"]["CONTEXT"]["SALT_ROLE"] == "gateway"
    (row,) = one.run("opennebula.status")
    assert (row["gateway"], row["state"]) == ("gateway-0", "RUNNING")


def test_a_gateway_that_is_a_router_has_a_size(whole):
    sized = {**GATEWAY, "memory": "128M", "power": "poweroff", "virtual_router": {"vm_name": "gate%i"}}
    one = whole(gateway=sized)
    one.converge("opennebula.infrastructure", name="carol")
    machine = one.show("onevm", "gate0", owner="carol")
    assert (machine["TEMPLATE"]["MEMORY"], machine["STATE"]) == ("128", "8")


def test_a_gateway_that_is_a_router_keeps_its_vms(whole):
    routers = ({"vms": 2}, {"floating_ip": True})
    several, as_many = (whole(gateway={**GATEWAY, "virtual_router": router}) for router in routers)
    several.converge("opennebula.infrastructure", name="carol")
    as_many.settled("opennebula.infrastructure", name="carol")
    fewer = whole(gateway={**GATEWAY, "virtual_router": {"vms": 1, "floating_ip": True}})
    before, refused = fewer.writes(), fewer.state("opennebula.infrastructure", name="carol")
    assert (refused.result, fewer.writes()) == (False, before)
    assert "would disturb running VMs: vms from 2 to 1" in refused.comment


def test_it_joins_and_leaves_networks_in_one_run(whole):
    whole().converge("opennebula.infrastructure", name="carol")
    more = whole(gateway={**GATEWAY, "lan": ["lan", "dmz"]})
    more.converge("opennebula.infrastructure", name="carol")
    assert addresses(more.show("onevm", "gateway-0", owner="carol"))[1:] == ["10.0.0.1", "10.1.0.1"]
    networks = {"lan": PILLAR["blueprints"]["eole"]["networks"]["lan"]}
    pruned = whole(networks=networks).converge("opennebula.infrastructure", name="carol")
    assert pruned.changes == {"changed": 1, "removed": 1}


def test_a_router_takes_the_place_of_a_vm_and_back(whole):
    plain = {"template": "plain", "lan": ["lan"], "uplink": {"network": "EOLE"}}
    one = whole(gateway=plain)
    one.run("onetemplate.create", "plain", {"CPU": "0.1", "MEMORY": "64", "CONTEXT": {"NETWORK": "YES"}})
    one.run("onetemplate.chmod", "plain", "644")
    one.converge("opennebula.infrastructure", name="carol")
    changed = whole().converge("opennebula.infrastructure", name="carol")
    assert changed.changes == {"created": 1, "removed": 1}
    changed = whole(gateway=plain).converge("opennebula.infrastructure", name="carol")
    assert changed.changes == {"created": 1, "removed": 1}


def test_nothing_is_left_of_it(whole, drive, cloud, connection):
    one = whole()
    one.converge("opennebula.infrastructure", name="carol")
    empty = drive({"connection": connection(cloud)}, cloud)
    empty.converge("opennebula.absent", name="carol", max_deletions=30)
    rows = [row for module in ("onevm", "onevrouter", "onevnet", "oneuser") for row in one.run(f"{module}.list")]
    assert not any("carol" in str(row) for row in rows)
