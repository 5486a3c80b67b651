"""VDCs share ACL rules: what a run takes from one of them, the groups of another one keep."""

import pytest
from lxml import etree

from onecore.basics.plan import Desired
from onecore.engine.converge import converge
from onecore.engine.removal import remove
from onecore.kinds.registry import KINDS
from tests.doubles.simulated import Simulated, Wire

OURS = {"groups": ["staff"], "hosts": "ALL", "datastores": ["default"]}
RULE = "@staff DATASTORE/* USE"


@pytest.fixture
def simulated():
    """A cloud with the group staff in a VDC of a person, which gives it what ours gives it."""
    simulated = Simulated()
    group = simulated.call("one.group.allocate", "staff")
    simulated.call("one.vdc.delgroup", 0, group)
    run(simulated, Desired("onevdc", "ours", None, OURS, "sls/oneadmin"))
    number = simulated.call("one.vdc.allocate", 'NAME="theirs"')
    simulated.call("one.vdc.addhost", number, 0, -10)
    simulated.call("one.vdc.adddatastore", number, 0, 1)
    simulated.call("one.vdc.addgroup", number, group)
    return simulated


def run(simulated, *wanted, test=False):
    reports = converge(simulated.connect(), KINDS, wanted, test)
    assert [report.error for report in reports] == [""] * len(reports)
    return reports


def rules(simulated):
    """The rules of the group, as OpenNebula writes them."""
    found = etree.fromstring(simulated.call("one.acl.info"))
    return sorted(each for each in (rule.findtext("STRING") for rule in found) if each.startswith("@100 "))


@pytest.mark.parametrize("left", [{"groups": []}, {"hosts": ["host01"], "datastores": []}])
def test_what_both_gave_stays(simulated, left):
    theirs = ["@100 DATASTORE/#1 USE #0", "@100 HOST/* MANAGE #0"]
    assert set(theirs) <= set(rules(simulated))
    wanted = Desired("onevdc", "ours", None, {**OURS, **left}, "sls/oneadmin")
    (foreseen,) = run(simulated, wanted, test=True)
    (report,) = run(simulated, wanted)
    assert report.changes(False) == foreseen.changes(True)
    assert set(theirs) <= set(rules(simulated))
    assert run(simulated, wanted)[0].action == "none"


class Failing(Wire):
    """A wire on which OpenNebula fails at a call, once others were made."""

    def reply(self, method, params):
        if method == "one.vdc.deldatastore":
            return [False, "[one.vdc.deldatastore] out of memory", 0x2000]
        return super().reply(method, params)


def test_what_both_gave_stays_if_the_run_fails_halfway(simulated):
    theirs = ["@100 DATASTORE/#1 USE #0", "@100 HOST/* MANAGE #0"]
    wanted = Desired("onevdc", "ours", None, {**OURS, "hosts": [], "datastores": []}, "sls/oneadmin")
    wire = Failing(simulated)
    (report,) = converge(simulated.connect(wire), KINDS, [wanted])
    assert "out of memory" in report.error
    assert ("one.vdc.delhost", 100, 0, -10) in wire.writes
    assert set(theirs) <= set(rules(simulated))


def test_a_new_vdc_reads_the_rules_for_itself_only():
    """It takes nothing from others."""
    simulated = Simulated()
    simulated.call("one.group.allocate", "staff")
    wire = simulated.wire()
    (report,) = converge(simulated.connect(wire), KINDS, [Desired("onevdc", "ours", None, OURS, "sls/oneadmin")])
    assert (report.error, wire.calls["one.acl.info"]) == ("", 3)


def test_a_rule_that_a_vdc_gives_as_well_stays():
    simulated = Simulated()
    group = simulated.call("one.group.allocate", "staff")
    simulated.call("one.vdc.delgroup", 0, group)
    run(simulated, Desired("oneacl", RULE, None, {}, "sls/oneadmin"))
    number = simulated.call("one.vdc.allocate", 'NAME="theirs"')
    simulated.call("one.vdc.adddatastore", number, 0, -10)
    simulated.call("one.vdc.addgroup", number, group)
    assert remove(simulated.connect(), KINDS["oneacl"], RULE).error == ""
    assert rules(simulated) == ["@100 DATASTORE/* USE #0"]
    # By now, the rule is that of the VDC, which would get it again each time.
    again = remove(simulated.connect(), KINDS["oneacl"], RULE, unmanaged=True)
    assert again.error.endswith("is one of VDC theirs: remove the group or the object from the VDC.")
    simulated.call("one.vdc.delgroup", number, group)
    assert rules(simulated) == []


def test_a_vdc_that_lacked_something_before_is_left_as_it_was(simulated):
    """Only what the run takes is given back."""
    group, lacking = 100, simulated.call("one.vdc.allocate", 'NAME="lacking"')
    simulated.call("one.vdc.addhost", lacking, 0, 1)
    simulated.call("one.vdc.addgroup", lacking, group)
    every = {each.findtext("STRING"): each for each in etree.fromstring(simulated.call("one.acl.info"))}
    number = next(each.findtext("ID") for text, each in every.items() if "HOST/#1" in text)
    simulated.call("one.acl.delrule", int(number))
    run(simulated, Desired("onevdc", "ours", None, {**OURS, "datastores": []}, "sls/oneadmin"))
    assert not [each for each in rules(simulated) if "HOST/#1" in each]
