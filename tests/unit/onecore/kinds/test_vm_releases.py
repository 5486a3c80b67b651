"""Operations that an older OpenNebula does not support are refused before the first write."""

import pytest

from onecore.basics.errors import RefusedError
from onecore.basics.plan import Desired
from onecore.kinds.registry import KINDS
from onecore.kinds.vm.configuration import refuse_fixed, refuse_unsupported
from onecore.kinds.vm.increments import refuse_increments, refuse_other_increments
from onecore.kinds.vm.role import refuse_other_role
from tests.doubles.fake_cloud import cloud, described, resource

VM = KINDS["onevm"]


def released(version, **objects):
    """A cloud of a release."""
    view = cloud(**objects)
    view._version = version
    return view


def order(**said):
    return VM.order(Desired("onevm", "web", "alice", said, "sls/alice"), "oneadmin")


def changes(**said):
    return VM.changes(order(**said), resource("onevm", TEMPLATE={"CPU_MODEL": {"MODEL": "qemu64"}}))


@pytest.mark.parametrize(
    ("said", "release", "why"),
    [
        ({"cpu_model": {"features": "vmx"}}, (6, 10, 0), "cpu_model:FEATURES: .* for an existing VM, before 7.0; with"),
        ({"features": {"ras": True}}, (7, 2, 0), "features:RAS: .* for an existing VM, before 7.4; with"),
        ({"tpm": {"model": "tpm-crb"}}, (7, 4, 0), "tpm:MODEL: OpenNebula cannot set it for an existing VM; with"),
    ],
)
def test_what_no_vm_that_exists_is_given(said, release, why):
    with pytest.raises(RefusedError, match=why):
        refuse_fixed(released(release), changes(**said))


def test_what_a_later_release_gives_it():
    refuse_fixed(released((7, 4, 0)), changes(cpu_model={"features": "vmx"}, features={"ras": True}))


@pytest.mark.parametrize(
    ("said", "release", "why"),
    [
        ({"tpm": {"model": "tpm-crb"}}, (6, 10, 0), r"tpm\.model: OpenNebula has it from 7\.0 on"),
        ({"backup_config": {"disk_ids": [0]}}, (7, 2, 0), r"backup_config\.disk_ids: OpenNebula has it from 7\.4 on"),
    ],
)
def test_what_a_new_vm_would_be_made_without(said, release, why):
    with pytest.raises(RefusedError, match=why):
        refuse_unsupported(released(release), order(**said))
    refuse_unsupported(released((7, 4, 0)), order(**said))


def test_a_role_that_a_vm_cannot_get_any_more():
    (change,) = [each for each in VM.fields if each.name == "vmgroup"]
    change = change.change("vmgroup", "a in roles", None)
    with pytest.raises(RefusedError, match=r"vmgroup: .* 7\.2 or newer"):
        refuse_other_role(released((6, 10, 0)), [change])
    refuse_other_role(released((7, 2, 0)), [change])


def backed_up(version, disk, image=(), driver="ceph", **config):
    """Declare incremental backups of a VM that is made with a disk, on a release."""
    image = {"TYPE": 0, "DISK_TYPE": 0, "DATASTORE_ID": 100, "UNAME": "alice", **dict(image)}
    objects = {
        "oneimage": [described("oneimage", 5, "root", **image)],
        "onedatastore": [{"ID": 100, "NAME": "images", "TM_MAD": driver}],
    }
    said = order(backup_config={"mode": "INCREMENT", **config})
    refuse_increments(released(version, **objects), said, {"DISK": disk})


ROOT, EMPTY = {"IMAGE_ID": "5"}, {"TYPE": "fs", "SIZE": "8", "FORMAT": "raw"}


@pytest.mark.parametrize(
    ("disk", "image", "config"),
    [
        (ROOT, {"FORMAT": "raw"}, {}),
        (ROOT, {"FORMAT": "raw", "TYPE": 1}, {}),
        (EMPTY, {}, {"backup_volatile": True}),
    ],
)
def test_incremental_backups_before_7_are_for_qcow2_alone(disk, image, config):
    with pytest.raises(RefusedError, match=r"backup_config\.mode: .* its format is raw, not qcow2\. Set mode: FULL"):
        backed_up((6, 10, 0), disk, image, **config)
    backed_up((7, 4, 0), disk, image, **config)


@pytest.mark.parametrize(
    ("disk", "image"),
    [
        (ROOT, {"FORMAT": "qcow2"}),
        # Its format is known when its content is there.
        (ROOT, {"FORMAT": "raw", "STATE": 4}),
        (ROOT, {}),
        (EMPTY, {}),
        ({"TYPE": "swap", "SIZE": "8"}, {}),
        ({"IMAGE_ID": "9"}, {}),
    ],
)
def test_incremental_backups_that_nothing_speaks_against(disk, image):
    backed_up((6, 10, 0), disk, image)


def test_incremental_backups_of_images_in_ceph():
    image = {"FORMAT": "raw", "DISK_TYPE": 3}
    with pytest.raises(RefusedError, match="its format is raw"):
        backed_up((6, 10, 0), ROOT, image)
    backed_up((6, 10, 1), ROOT, image)


def test_incremental_backups_of_volumes():
    image = {"FORMAT": "raw"}
    with pytest.raises(RefusedError, match="its datastore does not set LVM_THIN_ENABLE"):
        backed_up((7, 4, 0), ROOT, image, "fs_lvm_ssh")
    backed_up((7, 0, 1), ROOT, image, "fs_lvm_ssh")


def test_incremental_backups_of_a_disk_with_snapshots():
    with pytest.raises(RefusedError, match="it has snapshots"):
        backed_up((7, 4, 0), ROOT, {"FORMAT": "qcow2", "SNAPSHOTS": {"SNAPSHOT": {"ID": 0}}})


def test_incremental_backups_of_a_vm_that_exists():
    disk = {"DISK_ID": 0, "FORMAT": "qcow2", "TM_MAD": "ssh"}
    said = order(backup_config={"mode": "INCREMENT"})

    def declared(**content):
        vm = resource("onevm", TEMPLATE={"DISK": [disk]}, **content)
        refuse_other_increments(released((7, 4, 0)), said, vm, VM.changes(said, vm))

    declared()
    snapshots = {"DISK_ID": 0, "SNAPSHOT": {"ID": 0}}
    with pytest.raises(RefusedError, match="of disk 0: it has snapshots"):
        declared(SNAPSHOTS=snapshots)
    # They were made incremental before: nothing is asked for.
    declared(SNAPSHOTS=snapshots, BACKUPS={"BACKUP_CONFIG": {"MODE": "INCREMENT"}})
