"""What the members of a group may create, through the state of groups."""

from tools.masterless import Witness


def rules(cloud):
    """Every ACL rule as OpenNebula words it."""
    return {rule.findtext("STRING") for rule in Witness(cloud.endpoint).pool("one.acl.info")}


def test_members_of_a_new_group_may_create_vms(opennebula, cloud):
    done = opennebula.states.onegroup.present(name="eole")
    assert done.result is True, done.comment
    types = "VM+IMAGE+TEMPLATE+DOCUMENT+SECGROUP+VMGROUP+BACKUPJOB"
    assert done.changes["resources"]["new"] == types.split("+")
    assert f"@100 {types}/* CREATE *" in rules(cloud)
    opennebula.reset_state()
    again = opennebula.states.onegroup.present(name="eole")
    assert (again.result, again.changes) == (True, {})


def test_only_what_is_missing_is_granted(opennebula, cloud):
    assert opennebula.states.onegroup.present(name="eole", resources=["VM"]).result is True
    opennebula.reset_state()
    done = opennebula.states.onegroup.present(name="eole", resources=["VM", "TEMPLATE"])
    assert done.changes == {"resources": {"old": ["VM"], "new": ["VM", "TEMPLATE"]}}
    assert {"@100 VM/* CREATE *", "@100 TEMPLATE/* CREATE *"} <= rules(cloud)


def test_what_is_no_longer_declared_is_taken_back(opennebula, cloud):
    assert opennebula.states.onegroup.present(name="eole", resources=["VM", "TEMPLATE"]).result is True
    opennebula.reset_state()
    assert opennebula.states.onegroup.present(name="eole").changes == {}
    done = opennebula.states.onegroup.present(name="eole", resources=["VM"])
    assert done.changes == {"resources": {"old": ["VM", "TEMPLATE"], "new": ["VM"]}}
    assert {rule for rule in rules(cloud) if "CREATE" in rule and rule.startswith("@100")} == {"@100 VM/* CREATE *"}


def test_an_empty_list_gives_a_new_group_no_rights(opennebula, cloud):
    before = len(rules(cloud))
    assert opennebula.states.onegroup.present(name="eole", resources=[]).result is True
    # OpenNebula itself adds three for the default VDC.
    assert len(rules(cloud)) == before + 3
    assert not any("CREATE" in rule and rule.startswith("@100") for rule in rules(cloud))


def test_a_type_that_does_not_exist_is_refused(opennebula, cloud):
    before = rules(cloud)
    done = opennebula.states.onegroup.present(name="eole", resources=["VMS"])
    assert done.result is False
    assert "resources: 'VMS' is no type of object" in done.comment
    assert rules(cloud) == before
