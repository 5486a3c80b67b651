"""Errors in groups, their VDCs, hosts, datastores and ACL rules in the pillar."""

import pytest
import yaml

from onecore.schema import validate


def faults(text):
    """The faults of a pillar's ``shared``, as YAML."""
    config = {
        "shared": yaml.safe_load(text),
        "blueprints": {"b": {"group": "eole"}},
        "users": {"alice": {"blueprint": "b"}},
    }
    return [str(fault) for fault in validate(config)]


@pytest.mark.parametrize(
    "said",
    [
        "groups: {eole: {vdc: {hosts: [host01], datastores: ALL, networks: [EOLE, {network: lan, owner: root}]}}}",
        "vdcs: {school: {groups: [eole], hosts: {OpenNebula: [host01, 7], elsewhere: ALL}}}",
        "acls: {a: '@eole NET+IMAGE/@eole USE+MANAGE', b: '#alice VM/* USE *', c: '@eole NET/#root:lan USE'}",
        "datastores: {san: {ds_mad: fs, tm_mad: fs_lvm_ssh, disk_type: BLOCK, bridge_list: [host01], limit: 2T}}",
        "hosts: {host01: {im_mad: kvm, vm_mad: kvm, reserved_cpu: -100%, reserved_memory: 1024, status: offline}}",
        "clusters: {blades: {reserved_cpu: 10%}}",
        "{groups: {eole: {}}, vdcs: {eole: {groups: [eole], hosts: ALL}}}",
    ],
)
def test_what_is_sound(said):
    assert faults(said) == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "{groups: {eole: {vdc: {hosts: ALL}}}, vdcs: {school: {groups: [eole]}}}",
            "shared.groups.eole.vdc: the VDC school lists the group already; declare there what it may use",
        ),
        (
            "{groups: {eole: {}}, vdcs: {eole: {hosts: ALL}}}",
            "shared.vdcs.eole.groups: must list the group eole, which gets a VDC of its name otherwise",
        ),
        (
            "acls: {a: '@eole NET/#alice:dmz1 USE'}",
            "shared.acls.a: virtual network dmz1 of alice is created after the shared objects; give its group the "
            "right, or its permissions",
        ),
        (
            "acls: {a: '@eole NETS/* USE'}",
            "shared.acls.a: In an ACL rule, 'NETS' is no type of object, did you mean 'NET'?",
        ),
        (
            "acls: {a: 7}",
            "shared.acls.a: must be an ACL rule such as '@eole NET/@eole USE'; found the number 7 (put it in quotes)",
        ),
        (
            "hosts: {h1: {status: off}}",
            "shared.hosts.h1.status: must be one of enabled, disabled, offline; found false",
        ),
        (
            "hosts: {h1: {reserved_cpu: half}}",
            "shared.hosts.h1.reserved_cpu: must be a whole number, or a percentage such as -10%; found the text 'half'",
        ),
        ("datastores: {d: {type: IMAGES}}", "must be one of IMAGE_DS, SYSTEM_DS, FILE_DS, BACKUP_DS"),
        ("clusters: {blades: {hosts: [host01]}}", "shared.clusters.blades.hosts: unknown key"),
        ("groups: {eole: {default_vdc: perhaps}}", "shared.groups.eole.default_vdc: must be true or false"),
        ("groups: {eole: {vdc: {host: ALL}}}", "shared.groups.eole.vdc.host: unknown key; did you mean hosts?"),
    ],
)
def test_what_is_not(said, told):
    (found,) = faults(said)
    assert told in found
