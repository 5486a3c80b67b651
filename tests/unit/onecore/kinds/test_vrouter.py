"""Virtual routers: behaviour that case files cannot express."""

from types import SimpleNamespace

from lxml import etree

from onecore.cloud.resource import Resource
from onecore.kinds.vrouter.kind import VROUTER
from onecore.kinds.vrouter.members import names_due, number_of
from onecore.model.reading import Reading
from tests.doubles.simulated import Simulated


def test_nics_on_a_network_that_is_not_to_be_seen_are_not_said_to_be_none():
    """As a declaration, no NICs would take them away."""
    nic = "<NIC><NIC_ID>0</NIC_ID><NETWORK_ID>7</NETWORK_ID></NIC>"
    ids = "<ID>0</ID><UID>0</UID><GID>0</GID>"
    router = Resource(etree.fromstring(f"<VROUTER>{ids}<TEMPLATE>{nic}</TEMPLATE></VROUTER>"))
    reading = Reading(SimpleNamespace(numbered=lambda collection, number: None))
    assert VROUTER.argument("nics").said(router, reading) is None
    assert list(reading.left) == ["nics"]


def named(*names):
    return [SimpleNamespace(id=number, name=name) for number, name in enumerate(names)]


def test_what_vms_are_called():
    assert names_due("edge%i", named("gw-1", "gw-0")) == {0: "edge1", 1: "edge0"}
    assert names_due("edge%i", named("edge2", "gw-2", "odd")) == {0: "edge2", 1: "edge1", 2: "edge0"}
    assert names_due("edge%i", named("edge0")) == {0: "edge0"}
    assert [number_of(name) for name in ("gw-10", "gw", "e2e")] == [10, 0, 0]


CONTEXTS = ("VM_NAME=gw-0,ROLE=a,SALT_MINION_ID=gw", "VM_NAME=gw-1,ROLE=b,SALT_MINION_ID=gw-1")


def test_of_the_context_that_is_said_which_all_vms_have():
    simulated = Simulated()
    simulated.sow({"templates": [{"name": "t", "CPU": "1", "MEMORY": "64", "VROUTER": "YES"}]})
    simulated.call("one.vrouter.allocate", "NAME=gw")
    for number, context in enumerate(CONTEXTS):
        extra = f"CONTEXT=[{context}] MEMORY={64 + number}"
        simulated.call("one.vrouter.instantiate", 0, 1, 0, f"gw-{number}", False, extra)
    simulated.settle()
    cloud = simulated.connect()
    reading = Reading(cloud)
    (router,) = cloud.pool(VROUTER)
    said = {each.name: each.said(router, reading) for each in VROUTER.arguments}
    assert said["context"] == {"VM_NAME": "", "SALT_MINION_ID": "gw"}
    assert (said["cpu"], said["memory"], said["power"], said["vm_name"], said["vms"]) == (1, None, "running", None, 2)
    assert reading.left == dict.fromkeys(("context:ROLE", "memory"), "its VMs differ in it")
