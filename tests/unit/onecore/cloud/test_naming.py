"""Names in place of IDs in OpenNebula's messages."""

import pytest

from onecore.basics.errors import AllocateError
from onecore.cloud.directory import NETWORKS, USERS, VMS
from onecore.cloud.naming import listed, named
from tests.doubles.fake_cloud import FakeCloud, cloud_of, described, resource

KNOWN = {
    NETWORKS: {0: resource("onevnet", 0, "dmz1")},
    VMS: {46: resource("onevm", 46, "gateway")},
    USERS: {2: resource("oneuser", 2, "helper")},
}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "Cannot get IP/MAC lease from virtual network 0.",
            "Cannot get IP/MAC lease from virtual network dmz1 of alice (ID 0).",
        ),
        (
            "User [2] : Not authorized to perform MANAGE NET [0].",
            "user helper (ID 2) : Not authorized to perform MANAGE virtual network dmz1 of alice (ID 0).",
        ),
        ("Error getting virtual machine [46].", "Error getting VM gateway of alice (ID 46)."),
        ("[VM 46]", "[VM gateway of alice (ID 46)]"),
        ("Error getting virtual network [7].", "Error getting virtual network [7]."),
        ("Not authorized to perform USE TEMPLATE [0].", "Not authorized to perform USE TEMPLATE [0]."),
        ("the image 0.5 of 3 NETs", "the image 0.5 of 3 NETs"),
        ("a subnet 0 of VM46", "a subnet 0 of VM46"),
    ],
)
def test_numbers_become_names_where_they_are_known(text, said):
    assert named(text, lambda kind: KNOWN.get(kind, {})) == said


def test_a_list():
    assert listed(VMS, [47, 46], KNOWN[VMS]) == "VM 46 gateway of alice, VM 47"


def test_a_call_reads_nothing_for_a_name():
    def refuse(*_):
        raise AllocateError("no lease from virtual network 5", code=0x4000)

    fake = FakeCloud({"one.vn.hold": refuse}, onevnet=[described("onevnet", 5, "lan")])
    cloud = cloud_of(fake)
    for known in ("virtual network 5", "virtual network lan of alice (ID 5)"):
        with pytest.raises(AllocateError) as refusal:
            cloud.call("one.vn.hold", 5, "")
        assert str(refusal.value) == f"no lease from {known}"
        assert refusal.value.code == 0x4000
        before = len(fake.log)
        cloud.pool(NETWORKS)
    assert len(fake.log) == before
