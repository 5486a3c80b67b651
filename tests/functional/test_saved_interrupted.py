"""Saving a disk is interrupted at any call and completed by the next run."""

import time

import pytest

from onecore.basics.plan import Desired
from onecore.cloud.campaign import alone
from onecore.engine.converge import converge
from onecore.engine.report import Report
from onecore.kinds.image import IMAGE
from onecore.kinds.registry import KINDS
from onecore.kinds.template import TEMPLATE
from onecore.kinds.vm.kind import VM
from onecore.publishing.saving import Saving, parent_of, save
from tests.doubles.dying import cloud_of, deaths

POWEROFF = 8


@pytest.fixture(scope="module")
def settings(module_cloud, connection):
    """The connection to a cloud in which alice has a VM that is powered off."""
    module_cloud.call("one.user.allocate", "alice", "pw", "core", [])
    settings = connection(module_cloud)
    cloud = cloud_of(settings)
    disk = {"image": "base", "owner": "oneadmin"}
    base = {"datastore": "default", "type": "DATABLOCK", "size": 8, "permissions": "644"}
    machine = {"cpu": 1, "memory": 64, "permissions": "644", "disks": [disk]}
    wanted = [
        Desired("oneimage", "base", None, base),
        Desired("onetemplate", "machine", None, machine),
        Desired("onevm", "vm", "alice", {"template": "machine", "power": "running"}),
    ]
    assert not any(report.error for report in converge(cloud, KINDS, wanted))
    number = cloud.get(VM, "vm", "alice").id
    cloud.call("one.vm.action", "poweroff-hard", number)
    end = time.monotonic() + 30
    while cloud.read(VM, number).state != POWEROFF:
        assert time.monotonic() < end
        time.sleep(0.1)
    return settings


def test_a_run_that_died_is_completed(settings):
    def run(cloud, number):
        vm = cloud.get(VM, "vm", "alice")
        names = {"image": f"saved{number}", "template": f"saved{number}"}
        said = {"provenance": {"VERSION": str(number)}, "values": {"permissions": "640"}}
        wanted = Saving(vm, parent=parent_of(cloud, vm, None, None), mark="sls/alice", **names, **said)
        alone(cloud, save(cloud, wanted, Report(VM, "vm", "alice")))

    def check(cloud, number):
        images = [each for each in cloud.pool(IMAGE) if each.name.endswith(f"saved{number}")]
        templates = [each for each in cloud.pool(TEMPLATE) if each.name.endswith(f"saved{number}")]
        for found in (images, templates):
            assert [(each.name, each.owner, each.permissions, each.attributes["VERSION"]) for each in found] == [
                (f"saved{number}", "alice", "640", str(number))
            ]
            assert found[0].attributes["PARENT"].startswith("machine ")
            assert found[0].managed == "sls/alice"
        assert templates[0].text("TEMPLATE/DISK/IMAGE_ID") == str(images[0].id)

    assert deaths(settings, run, check) > 10
