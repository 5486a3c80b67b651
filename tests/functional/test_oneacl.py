"""ACL rules through Salt: the states, and the commands of ``oneacl``."""

import pytest

from onecore.basics.plan import Desired
from onecore.engine.converge import converge
from onecore.engine.removal import remove
from onecore.kinds.registry import KINDS
from tests.doubles.dying import PowerCut
from tests.doubles.simulated import Simulated, Wire

pytest_plugins = ["tests.functional.driver"]

RULE = "@eole NET+IMAGE/@eole USE+MANAGE"


@pytest.fixture(scope="module", autouse=True)
def eole(module_cloud):
    """The number of the group eole."""
    return module_cloud.call("one.group.allocate", "eole")


def listed(one):
    """By text, whether each rule for eole is ours."""
    return {row["rule"]: row["ours"] for row in one.run("oneacl.list") if row["rule"].startswith("@eole ")}


def test_declared_and_removed(one):
    before = listed(one)
    made = one.converge("oneacl.present", name=RULE)
    assert made.changes == {"ACL rule": {"old": None, "new": RULE}}
    one.settled("oneacl.present", name="@eole image+net/@eole manage+use #0")
    assert listed(one) == {**before, f"{RULE} #OpenNebula": True}
    one.converge("oneacl.absent", name=RULE)
    one.settled("oneacl.absent", name=RULE)
    assert listed(one) == before


def test_a_rule_that_was_there_before_stays(one):
    number = one.run("oneacl.create", "@eole VM/@eole USE")
    one.settled("oneacl.present", name="@eole VM/@eole USE")
    said = one.refused("oneacl.absent", name="@eole VM/@eole USE")
    assert "was not created by these states: oneadmin has no note of it" in said
    one.converge("oneacl.absent", name="@eole VM/@eole USE", unmanaged=True)
    assert f"Rule {number} does not exist" in one.refusal("oneacl.delete", number)


def test_one_of_a_group_that_is_not_there_is_refused(one):
    assert "group nobody does not exist" in one.refused("oneacl.present", name="@nobody NET/* USE")
    one.settled("oneacl.absent", name="@nobody NET/* USE")


def test_the_commands(one):
    number = one.run("oneacl.create", "* NET/#0 USE")
    assert next(row for row in one.run("oneacl.list") if row["id"] == number) == {
        "id": number,
        "rule": "* NET/#0 USE #OpenNebula",
        "ours": False,
    }
    assert one.run("oneacl.delete", "* NET/#0 USE") is True
    assert "There is no ACL rule" in one.refusal("oneacl.delete", "* NET/#0 USE")
    assert "no right" in one.refusal("oneacl.create", "* NET/* READ")


# -- many rules, and what an interrupted run leaves --------------------------------------------------------------------


class Cut(Wire):
    """A wire that is cut right after a call, or right before it."""

    def __init__(self, simulated, method, before=False):
        super().__init__(simulated)
        self.method, self.before = method, before

    def reply(self, method, params):
        if method == self.method and self.before:
            raise PowerCut
        answer = super().reply(method, params)
        if method == self.method:
            raise PowerCut
        return answer


def declared(*rules):
    return [Desired("oneacl", rule, None, {}, "sls/oneadmin") for rule in rules]


def test_every_rule_of_a_run_is_noted():
    simulated = Simulated()
    rules = [f"@users {kind}/@users USE" for kind in ("NET", "IMAGE", "TEMPLATE", "VM", "SECGROUP")]
    reports = converge(simulated.connect(), KINDS, declared(*rules))
    assert [report.error for report in reports] == [""] * 5
    for rule in rules:
        assert remove(simulated.connect(), KINDS["oneacl"], rule).error == ""


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_rule_that_a_dead_run_was_just_making_is_ours(before):
    simulated = Simulated()
    with pytest.raises(PowerCut):
        converge(simulated.connect(Cut(simulated, "one.acl.addrule", before)), KINDS, declared("@users NET/@users USE"))
    (report,) = converge(simulated.connect(), KINDS, declared("@users NET/@users USE"))
    assert report.action == ("create" if before else "none")
    assert remove(simulated.connect(), KINDS["oneacl"], "@users NET/@users USE").error == ""
