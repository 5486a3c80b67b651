"""VM groups of onesim: their roles, and the rules about these."""

import pytest

from .onesim_cloud import Cloud, Refused

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


def test_a_role_that_a_rule_is_about_stays(sim):
    sim.call("one.vmgroup.update", sim.group, 'AFFINED="b,c"', 1)
    with pytest.raises(Refused) as caught:
        sim.call("one.vmgroup.roledelete", sim.group, 1)
    assert "are not defined" in caught.value.text and roles(sim) == ["a", "b", "c"]
