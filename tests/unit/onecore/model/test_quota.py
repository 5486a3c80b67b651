"""Quotas: each declared limit separately, written with the unchanged limits of the same entry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onecore.basics.errors import ArgumentError, AuthorizationError, RefusedError
from onecore.basics.plan import Desired, render
from onecore.basics.syntax import parse
from onecore.kinds.user import USER
from onecore.model.quota import Quota, refuse_unlimited, write_quota
from tests.doubles.fake_cloud import FakeCloud, cloud_of, described, resource

FIELD = Quota("quota", writer="quota")
NETWORK = described("onevnet", 5, "EOLE", owner="oneadmin")
DATASTORE = described("onedatastore", 1, "default")
IMAGE = described("oneimage", 9, "debian", owner="oneadmin")


def setup(**quotas):
    fake = FakeCloud(onevnet=[NETWORK], onedatastore=[DATASTORE], oneimage=[IMAGE])
    return fake, cloud_of(fake), resource("oneuser", 2, "alice", **quotas)


def changes(cloud, user, declared):
    order = USER.order(Desired("oneuser", "alice", None, {"quota": declared}), "oneadmin")
    return list(FIELD.changes(user, FIELD.resolve(cloud, order.wanted["quota"], order)))


def written(declared, **quotas):
    fake, cloud, user = setup(**quotas)
    write_quota("one.user")(cloud, user, changes(cloud, user, declared), None)
    ((method, number, template),) = fake.writes
    assert (method, number) == ("one.user.quota", 2)
    return parse(template)


def vm_quota(**limits):
    return {"VM_QUOTA": {"VM": {**limits, "VMS_USED": "3", "MEMORY_USED": "100"}}}


def test_as_declared():
    _, cloud, user = setup(**vm_quota(VMS="30", MEMORY="65536", CPU="1.5", RUNNING_VMS="-2"))
    declared = {"vms": 30, "memory": "64G", "cpu": 1.5, "running_vms": -2, "running_cpu": -1, "system_disk_size": None}
    assert changes(cloud, user, declared) == []


def test_a_limit_that_is_not_set_is_the_default():
    _, cloud, user = setup()
    assert changes(cloud, user, {"vms": -1, "networks": {"EOLE": -1}, "datastores": {"default": {"size": -1}}}) == []
    assert render(changes(cloud, user, {"vms": 5, "memory": 0})) == {
        "quota:vms": {"old": None, "new": 5},
        "quota:memory": {"old": None, "new": 0},
    }


def test_what_is_not_declared_stays():
    """OpenNebula sets back to the default whatever an entry does not say."""
    sent = written({"vms": 30}, **vm_quota(VMS="10", MEMORY="65536", CPU="-1", RUNNING_VMS="-2"))
    assert sent == {"VM": {"VMS": "30", "MEMORY": "65536", "RUNNING_VMS": "-2"}}


def test_going_back_to_the_default():
    sent = written({"vms": -1}, **vm_quota(VMS="10", MEMORY="65536"))
    assert sent == {"VM": {"VMS": "-1", "MEMORY": "65536"}}


def test_objects_are_named_and_kept_by_number():
    present = {
        "NETWORK_QUOTA": {"NETWORK": [{"ID": 5, "LEASES": 3, "LEASES_USED": 1}, {"ID": 6, "LEASES": 4}]},
        "DATASTORE_QUOTA": {"DATASTORE": {"ID": 1, "SIZE": 1024, "IMAGES": 7, "SIZE_USED": 5, "IMAGES_USED": 1}},
    }
    declared = {"networks": {"EOLE": 10}, "datastores": {"default": {"size": "2G"}}, "images": {"debian": {"rvms": 2}}}
    assert written(declared, **present) == {
        "NETWORK": {"ID": "5", "LEASES": "10"},
        "DATASTORE": {"ID": "1", "SIZE": "2048", "IMAGES": "7"},
        "IMAGE": {"ID": "9", "RVMS": "2"},
    }


def test_entries_of_one_section_go_together():
    fake, cloud, user = setup()
    fake.objects["onevnet"][6] = described("onevnet", 6, "LAB", owner="oneadmin")
    write_quota("one.user")(cloud, user, changes(cloud, user, {"networks": {"EOLE": 1, "LAB": 2}}), None)
    assert parse(fake.writes[0][2]) == {"NETWORK": [{"ID": "5", "LEASES": "1"}, {"ID": "6", "LEASES": "2"}]}


def test_a_quota_of_one_cluster_is_somebody_elses():
    present = {"VM_QUOTA": {"VM": [{"CLUSTER_IDS": "0", "VMS": 3}, {"VMS": 10}]}}
    assert written({"vms": 20}, **present) == {"VM": {"VMS": "20"}}
    assert written({"vms": 20}, VM_QUOTA={"VM": {"CLUSTER_IDS": "0", "VMS": 3}}) == {"VM": {"VMS": "20"}}


def test_an_object_of_another_owner_is_another():
    fake = FakeCloud(onevnet=[described("onevnet", 5, "EOLE", owner="alice")])
    (reference,) = FIELD.references(FIELD.wanted({"networks": {"EOLE": 5}}))
    cloud = cloud_of(fake)
    assert not cloud.exists(reference.kind, reference.name, reference.owner or cloud.account)


def test_null_takes_a_limit_away():
    limits = FIELD.wanted({"vms": None, "cpu": None, "networks": None, "datastores": {"default": None}})
    assert [(limit.path, limit.value) for limit in limits] == [
        ("quota:vms", -1),
        ("quota:cpu", "-1"),
        ("quota:datastores:default:size", -1),
        ("quota:datastores:default:images", -1),
    ]
    (limit,) = FIELD.wanted({"datastores": {"default": {"size": None}}})
    assert (limit.path, limit.value) == ("quota:datastores:default:size", -1)


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        (30, "quota: must be a dictionary of limits, not a number"),
        ({"vm": 30}, "quota:vm: unknown limit, did you mean 'vms'"),
        ({"vms": "many"}, "quota:vms: must be a whole number"),
        ({"vms": -3}, "quota:vms: must be a whole number"),
        ({"memory": "64X"}, "quota:memory: must be a size"),
        ({"cpu": "fast"}, "quota:cpu: must be a number of CPUs"),
        ({"networks": 5}, "quota:networks: must be a dictionary of limits"),
        ({"datastores": {"default": {"sizes": 5}}}, "quota:datastores:default:sizes: unknown .*, did you mean 'size'"),
        ({"images": {"debian": "x"}}, "quota:images:debian:rvms: must be a whole number"),
        ({"networks": {5: 3}}, "The name of a virtual network"),
    ],
)
def test_quotas_that_cannot_be(declared, said):
    with pytest.raises(ArgumentError, match=said):
        FIELD.wanted(declared)


limits = st.sampled_from([-2, -1, 0, 1, 7])
metrics = ["vms", "memory", "cpu", "running_vms"]
quotas = st.fixed_dictionaries({}, optional=dict.fromkeys(metrics, limits))


@given(quotas, quotas)
def test_writing_makes_it_so_and_keeps_the_rest(old, new):
    present = {name.upper(): str(value) for name, value in old.items()}
    fake, cloud, user = setup(VM_QUOTA={"VM": present} if present else {})
    found = changes(cloud, user, new)
    if not found:
        assert all(str(old.get(name, -1)) == str(value) for name, value in new.items())
        return
    write_quota("one.user")(cloud, user, found, None)
    after = parse(fake.writes[0][2])["VM"]
    assert changes(cloud, setup(VM_QUOTA={"VM": after})[2], new) == []
    for name, value in old.items():
        if name not in new:
            assert after.get(name.upper(), "-1") == str(value)


CONFIG = "<OPENNEBULA_CONFIGURATION><QUOTA_VM_ATTRIBUTE>VCPU</QUOTA_VM_ATTRIBUTE></OPENNEBULA_CONFIGURATION>"


@pytest.mark.parametrize(
    ("declared", "answer", "asked"),
    [
        ({"VCPU": 8, "RUNNING_VCPU": 4}, CONFIG, 1),
        ({"vms": 8, "PCI_DEV": 2, "LICENSES": None}, CONFIG, 0),
        # Only administrators are told.
        ({"LICENSES": 8}, AuthorizationError("no"), 1),
    ],
)
def test_attributes_that_a_cloud_limits(declared, answer, asked):
    fake, cloud, user = setup()
    fake.answers["one.system.config"] = answer
    refuse_unlimited(cloud, changes(cloud, user, declared))
    assert fake.calls["one.system.config"] == asked


def test_an_attribute_that_a_cloud_does_not_limit():
    fake, cloud, user = setup()
    fake.answers["one.system.config"] = CONFIG
    with pytest.raises(RefusedError, match="quota:LICENSES: this cloud limits VCPU; add LICENSES to QUOTA_VM_ATTR"):
        refuse_unlimited(cloud, changes(cloud, user, {"LICENSES": 3}))
