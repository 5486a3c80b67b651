"""The attributes of a VM with which its first boot starts nothing from its disks."""

import pytest

from onecore.basics.marks import FIRST_BOOT
from onecore.kinds.vm.first_boot import boot_deferred

DISK, NIC = {"IMAGE": "debian"}, {"NETWORK": "dmz1"}


@pytest.mark.parametrize(
    ("template", "values", "held"),
    [
        ({"DISK": DISK, "NIC": NIC}, {}, {"OS": {"BOOT": "nic0"}, FIRST_BOOT: "disk0"}),
        (
            {"DISK": DISK, "OS": {"BOOT": "disk1,nic0", "ARCH": "x86_64"}},
            {"nics": [{"network": "dmz1"}]},
            {"OS": {"BOOT": "nic0", "ARCH": "x86_64"}, FIRST_BOOT: "disk1,nic0"},
        ),
        ({"DISK": DISK}, {}, {FIRST_BOOT: "-"}),
        ({"NIC": NIC}, {}, {FIRST_BOOT: "-"}),
        ({"NIC": NIC}, {"disks": [{"image": "debian"}]}, {"OS": {"BOOT": "nic0"}, FIRST_BOOT: "disk0"}),
        ({"DISK": DISK, "NIC": NIC}, {"attributes": {"os": {"BOOT": "disk0"}}}, {FIRST_BOOT: "-"}),
    ],
)
def test_it_boots_from_its_nic_alone(template, values, held):
    assert boot_deferred(template, values) == held
