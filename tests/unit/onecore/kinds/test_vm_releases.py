"""Operations that an older OpenNebula does not support are refused before the first write."""

import pytest

from onecore.basics.errors import RefusedError
from onecore.basics.plan import Desired
from onecore.kinds.registry import KINDS
from onecore.kinds.vm.configuration import refuse_fixed, refuse_unsupported
from onecore.kinds.vm.role import refuse_other_role
from tests.doubles.fake_cloud import cloud, resource

VM = KINDS["onevm"]


def released(version):
    """A cloud of a release."""
    view = cloud()
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
