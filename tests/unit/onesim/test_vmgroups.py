"""VM groups of onesim: their roles, and the rules about them."""

import pytest

from .cloud import Cloud, Refused

ROLES = "NAME=vg\nROLE=[NAME=a,POLICY=ANTI_AFFINED]\nROLE=[NAME=b]\nROLE=[NAME=c]"


@pytest.fixture
def sim():
    sim = Cloud()
    sim.group = sim.call("one.vmgroup.allocate", ROLES)
    return sim


def roles(sim, what="NAME"):
    return sim.texts(f"ROLES/ROLE/{what}", "one.vmgroup.info", sim.group)


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("NAME=vg", "NAME is already taken by VMGroup 0."),
        ("NAME=x\nROLE=[POLICY=AFFINED]", "Missing NAME in VM group role"),
        ("NAME=x\nROLE=[NAME=a]\nROLE=[NAME=a]", "Role already exists"),
        ('NAME=x\nROLE=[NAME=a]\nAFFINED="a,b"', "Some roles used in AFFINED attribute (a,b) are not defined"),
        (
            "NAME=x\nROLE=[NAME=a,POLICY=ANTI_AFFINED]\nAFFINED=a",
            "Role a is in an AFFINED rule but the role policy is ANTI_AFFINED",
        ),
        (
            'NAME=x\nROLE=[NAME=a]\nROLE=[NAME=b]\nAFFINED="a,b"\nANTI_AFFINED="b,a"',
            "Roles defined in AFFINED and ANTI_AFFINED rules: a b",
        ),
    ],
)
def test_groups_that_make_no_sense(sim, template, reason):
    with pytest.raises(Refused) as caught:
        sim.call("one.vmgroup.allocate", template)
    assert caught.value.text.endswith(reason)


def test_roles_come_and_go(sim):
    sim.call("one.vmgroup.roleadd", sim.group, "ROLE=[NAME=d,VMS=4]")
    sim.call("one.vmgroup.roledelete", sim.group, 1)
    sim.call("one.vmgroup.roleupdate", sim.group, 2, "ROLE=[NAME=e,POLICY=AFFINED]")
    assert roles(sim) == ["a", "e", "d"] and roles(sim, "ID") == ["0", "2", "3"] and roles(sim, "VMS") == []
    assert roles(sim, "POLICY") == ["ANTI_AFFINED", "AFFINED"]


def test_a_role_is_read_before_its_group(sim):
    with pytest.raises(Refused, match="No ROLE attribute in template"):
        sim.call("one.vmgroup.roleadd", -2, "ROLE=x")


@pytest.mark.parametrize("role", ['NAME=""', "ID=2", "ID=x"])
def test_a_group_with_a_role_that_cannot_be_read_is_lost(sim, role):
    assert sim.call("one.vmgroup.roleupdate", sim.group, 1, f"ROLE=[{role}]") == sim.group
    with pytest.raises(Refused, match="Error getting vm group"):
        sim.call("one.vmgroup.info", sim.group)
    assert "<NAME>vg</NAME>" in sim.call("one.vmgrouppool.info", -2, -1, -1)


def test_a_role_that_a_rule_is_about_stays(sim):
    sim.call("one.vmgroup.update", sim.group, 'AFFINED="b,c"', 1)
    with pytest.raises(Refused) as caught:
        sim.call("one.vmgroup.roledelete", sim.group, 1)
    assert "are not defined" in caught.value.text and roles(sim) == ["a", "b", "c"]


def member(sim, role, group=None):
    """The number of a VM with a role, once it was placed or found no place."""
    number = sim.call(
        "one.vm.allocate",
        f"CPU=0.1 MEMORY=16 VMGROUP=[VMGROUP_ID={sim.group if group is None else group},ROLE={role}]",
        False,
    )
    sim.settle()
    return number


def host(sim, number):
    return sim.texts("HISTORY_RECORDS/HISTORY/HID", "one.vm.info", number)


def test_vms_keep_apart_and_together_as_roles_say(sim):
    names = "".join(f"\nROLE=[NAME={name}]" for name in "abcd")
    group = sim.call("one.vmgroup.allocate", f'NAME=two{names}\nAFFINED="a,b"\nANTI_AFFINED="c,d"')
    a, b, c, d = (host(sim, member(sim, role, group)) for role in "abcd")
    assert a == b and c != d
    assert len({tuple(host(sim, member(sim, "a"))) for _ in range(3)}) == 3
    homeless = member(sim, "a")
    assert host(sim, homeless) == []
    assert sim.texts("USER_TEMPLATE/SCHED_MESSAGE", "one.vm.info", homeless) == []


def test_a_running_vm_takes_no_role_that_its_host_speaks_against(sim):
    group = sim.call("one.vmgroup.allocate", 'NAME=two\nROLE=[NAME=a]\nROLE=[NAME=b]\nANTI_AFFINED="a,b"')
    number = member(sim, "a", group)
    same = f'SCHED_REQUIREMENTS="ID={host(sim, number)[0]}"'
    stranger = sim.call("one.vm.allocate", f"CPU=0.1 MEMORY=16 {same}", False)
    sim.settle()
    with pytest.raises(Refused) as caught:
        sim.call("one.vm.vmgroupadd", stranger, group, "b")
    assert f"it is ANTI_AFFINED with role a and VM {number} is on the same host" in caught.value.text


def test_a_vm_that_ends_leaves_its_role(sim):
    number = member(sim, "b")
    assert roles(sim, "VMS") == [str(number)]
    sim.call("one.vm.action", "terminate-hard", number)
    sim.settle()
    assert roles(sim, "VMS") == []
