"""Tickets in the context of VMs: written at creation, never compared, never shown, and renewed on demand."""

import pytest

from tools.masterless import Witness

pytest_plugins = ["tests.functional.driver"]

SECRET = "a secret of thirty-two characters"
ENROL = {"master": "192.168.230.5", "master_finger": ":".join(["4f"] * 32), "secret": SECRET}
GATEWAY = {"template": "gateway", "lan": ["lan"]}
USERS = {"alice": {"blueprint": "eole", "vlan_base": 100}}
NETWORKS = {"lan": {"vlan": 0, "cidr": "10.0.0.0/24", "first": "10.0.0.50", "size": 50}}


@pytest.fixture
def pillar_with(drive, cloud, connection):
    """A driver whose pillar says this of all gateways."""

    def build(**gateway):
        blueprint = {"vlans": {"phydev": "eth1"}, "networks": NETWORKS, "gateway": {**GATEWAY, **gateway}}
        template = {"cpu": 0.1, "memory": "64M", "permissions": "644", "context": {"NETWORK": "YES"}}
        config = {
            "connection": connection(cloud),
            "shared": {"templates": {"gateway": template}},
            "blueprints": {"eole": blueprint},
            "users": USERS,
        }
        one = drive(config, cloud)
        assert one.state("opennebula.shared", name="everybody").result is True
        return one

    return build


@pytest.fixture
def context(cloud):
    """The context of alice's gateway, secrets included."""
    witness = Witness(cloud.endpoint)

    def read():
        pool = witness.pool("one.vmpool.infoextended", -2, -1, -1, -1)
        return {each.tag: each.text or "" for each in pool.find("VM/TEMPLATE/CONTEXT")}

    return read


def shown(result):
    return f"{result.changes}{result.comment}"


def test_a_new_gateway_has_a_ticket_that_nobody_sees_and_nothing_compares(pillar_with, context):
    one = pillar_with(enrol=ENROL)
    planned = one.state("opennebula.infrastructure", name="alice", test=True)
    made = one.converge("opennebula.infrastructure", name="alice")
    token = context()["SALT_ENROLMENT_TOKEN"]
    key = token.partition(".")[2]
    for text in (shown(planned), shown(made), str(one.run("opennebula.plan")), str(one.show("onevm", "gateway"))):
        assert SECRET not in text and key not in text
    assert context()["SALT_MINION_ID"] == "gw-alice"
    assert context()["VM_OWNER"] == "alice" and context()["NETWORK"] == "YES"
    one.settled("opennebula.infrastructure", name="alice")
    assert context()["SALT_ENROLMENT_TOKEN"] == token


def test_other_changes_of_the_context_leave_the_ticket_alone(pillar_with, context):
    pillar_with(enrol=ENROL).converge("opennebula.infrastructure", name="alice")
    token = context()["SALT_ENROLMENT_TOKEN"]
    moved = pillar_with(enrol={**ENROL, "master": "192.168.230.6", "secret": SECRET[::-1]})
    moved.converge("opennebula.infrastructure", name="alice")
    assert (context()["SALT_MASTER"], context()["SALT_ENROLMENT_TOKEN"]) == ("192.168.230.6", token)


def test_a_gateway_that_was_there_before(pillar_with, context):
    pillar_with().converge("opennebula.infrastructure", name="alice")
    one = pillar_with(enrol=ENROL)
    one.converge("opennebula.infrastructure", name="alice")
    assert "SALT_ENROLMENT_TOKEN" not in context()
    given = one.run("opennebula.enrol", "alice")
    assert given == [{"vm_id": 0, "minion_id": "gw-alice", "lifetime": 60}]
    first = context()
    one.run("opennebula.enrol", "alice")
    again = context()
    assert first.pop("SALT_ENROLMENT_TOKEN") != again.pop("SALT_ENROLMENT_TOKEN")
    assert first == again
    one.settled("opennebula.infrastructure", name="alice")


def test_there_are_no_tickets_without_a_secret(pillar_with):
    one = pillar_with(enrol={key: value for key, value in ENROL.items() if key != "secret"})
    one.converge("opennebula.infrastructure", name="alice")
    assert "no gateway:enrol:secret for alice" in one.refusal("opennebula.enrol", "alice")
    assert "declares no user zoe" in one.refusal("opennebula.enrol", "zoe")


def test_every_vm_of_a_virtual_router_gets_one(pillar_with, cloud):
    one = pillar_with(enrol=ENROL, virtual_router={"vms": 2})
    one.run("onetemplate.update", "gateway", {"VROUTER": "YES"})
    one.converge("opennebula.infrastructure", name="alice")
    witness = Witness(cloud.endpoint)

    def tokens():
        pool = witness.pool("one.vmpool.infoextended", -2, -1, -1, -1)
        return {each.text for each in pool.iterfind("VM/TEMPLATE/CONTEXT/SALT_ENROLMENT_TOKEN")}

    before = tokens()
    given = one.run("opennebula.enrol", "alice")
    assert [each["minion_id"] for each in given] == ["gw-alice", "gw-alice-1"]
    assert len(before | tokens()) == 4
