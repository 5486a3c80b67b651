"""Tickets for existing VMs."""

from onecore.bridge import enrolment
from onecore.cloud.campaign import several
from onecore.kinds.vm.kind import VM
from tests.doubles.simulated import Simulated

TICKET = {
    "secret": "a secret of some length, as is wanted",
    "minion_id": "gw-alice",
    "lifetime": 60,
}


def test_a_ticket_waits_until_its_vm_has_booted():
    simulated = Simulated()
    template = simulated.call("one.template.allocate", 'NAME="gw"\nCPU="0.1"\nMEMORY="64"\nCONTEXT=[NETWORK="YES"]')
    number = simulated.call("one.template.instantiate", template, "gw", False, "", False)
    simulated.settle()
    simulated.call("one.vm.action", "poweroff-hard", number)
    simulated.settle()
    simulated.call("one.vm.action", "resume", number)
    cloud = simulated.connect()
    booting = cloud.pool(VM).by_id[number]
    assert VM.is_busy(booting)
    (task,) = several(cloud, [enrolment._renew(cloud, booting, TICKET)])
    assert task.failure is None
    assert cloud.pool(VM).by_id[number].text("TEMPLATE/CONTEXT/SALT_ENROLMENT_TOKEN")
