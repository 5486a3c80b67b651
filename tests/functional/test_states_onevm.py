"""VMs: instantiated for their owner on the owner's networks, changed while they run, removed, refused."""

import pytest

pytest_plugins = ["tests.functional.driver"]

ACTIVE, POWEROFF, HOLD, PENDING = "3", "8", "2", "1"
RUNNING = "3"


@pytest.fixture(scope="module", autouse=True)
def ground(one):
    """alice and bob with a network lan each, a network EOLE for everybody, a template that names networks only."""
    for name in ("alice", "bob"):
        one.state("oneuser.present", name=name, password="pw", group="users")
        ranges = {"lan": {"ip": "10.0.0.1", "size": 100}}
        one.state("onevnet.present", name="lan", owner=name, driver="dummy", bridge=name, address_ranges=ranges)
    shared = {"driver": "dummy", "bridge": "eole", "address_ranges": {"a": {"ip": "192.168.230.1", "size": 100}}}
    one.state("onevnet.present", name="EOLE", permissions="644", **shared)
    one.state("onevnet.present", name="open", owner="bob", permissions="644", **shared)
    one.state("oneimage.present", name="root", datastore="default", type="OS", size=64, permissions="644")
    one.state(
        "onetemplate.present",
        name="base",
        cpu=0.1,
        memory=64,
        disks=[{"image": "root", "owner": "oneadmin"}],
        nics=[{"network": "lan"}],
        context={"network": "YES", "role": "test"},
        permissions="644",
    )


def nics(vm):
    """(network, address) of each NIC of a shown VM."""
    found = vm["TEMPLATE"].get("NIC") or []
    return [(nic["NETWORK"], nic["IP"]) for nic in (found if isinstance(found, list) else [found])]


def test_a_vm_is_made_for_its_owner_on_the_owners_network(one):
    made = one.converge("onevm.present", name="web", owner="alice", template="base", power="running")
    assert "was created (ID" in made.comment
    vm = one.show("onevm", "web", owner="alice")
    assert (vm["UNAME"], vm["GNAME"], vm["STATE"], vm["LCM_STATE"]) == ("alice", "users", ACTIVE, RUNNING)
    assert vm["TEMPLATE"]["NIC"]["NETWORK_ID"] == one.show("onevnet", "lan", owner="alice")["ID"]
    assert vm["USER_TEMPLATE"]["SALT_MANAGED"] == "sls/alice/onevm/web"
    one.converge("onevm.present", name="web", owner="bob", template="base")
    other = one.show("onevm", "web", owner="bob")
    assert other["TEMPLATE"]["NIC"]["NETWORK_ID"] == one.show("onevnet", "lan", owner="bob")["ID"]


def test_everything_that_can_be_declared(one):
    declared = {
        "template": "base",
        "template_owner": "oneadmin",
        "cpu": 0.2,
        "vcpu": 2,
        "memory": "128M",
        "nics": [
            {"network": "EOLE", "owner": "oneadmin", "ip": "192.168.230.11"},
            {"network": "lan", "ip": "10.0.0.7"},
        ],
        "context": {"hostname": "gw", "role": 'a "gateway"'},
        "power": "running",
        "permissions": "640",
        "attributes": {"note": "it's [mine]"},
    }
    one.converge("onevm.present", name="full", owner="alice", **declared)
    vm = one.show("onevm", "full", owner="alice")
    template = vm["TEMPLATE"]
    assert (template["CPU"], template["VCPU"], template["MEMORY"]) == ("0.2", "2", "128")
    assert nics(vm) == [("EOLE", "192.168.230.11"), ("lan", "10.0.0.7")]
    context = template["CONTEXT"]
    assert (context["HOSTNAME"], context["ROLE"], context["NETWORK"]) == ("gw", 'a "gateway"', "YES")
    assert vm["USER_TEMPLATE"]["NOTE"] == "it's [mine]"
    assert vm["PERMISSIONS"]["GROUP_U"] == "1"


@pytest.mark.parametrize(
    ("power", "state"),
    [("poweroff", POWEROFF), ("suspended", "5"), ("stopped", "4"), ("undeployed", "9"), ("running", ACTIVE)],
)
def test_power_is_declared(one, power, state):
    name = f"power-{power}"
    one.state("onevm.present", name=name, owner="alice", template="base")
    if power == "running":
        one.run("onevm.poweroff", name, owner="alice")
        one.wait("onevm", POWEROFF, name, owner="alice")
    changed = one.converge("onevm.present", name=name, owner="alice", power=power)
    assert changed.changes == {"power": {"old": "poweroff" if power == "running" else "running", "new": power}}
    assert one.show("onevm", name, owner="alice")["STATE"] == state


@pytest.mark.parametrize("power", ["stopped", "suspended", "undeployed", "hold"])
def test_a_vm_wakes_before_it_is_changed(one, power):
    name = f"waking-{power}"
    one.state("onevm.present", name=name, owner="alice", template="base", power=power)
    changes = {"memory": 96, "context": {"a": "1"}, "nics": [{"network": "EOLE", "owner": "oneadmin"}]}
    one.converge("onevm.present", name=name, owner="alice", power="running", **changes)
    vm = one.show("onevm", name, owner="alice")
    assert (vm["TEMPLATE"]["MEMORY"], vm["TEMPLATE"]["CONTEXT"]["A"], vm["LCM_STATE"]) == ("96", "1", RUNNING)


def test_a_vm_is_changed_while_it_is_off(one):
    one.state("onevm.present", name="off", owner="alice", template="base")
    one.converge("onevm.present", name="off", owner="alice", power="poweroff", memory=96)
    one.converge("onevm.present", name="off", owner="alice", power="running", memory=64)


def test_a_vm_can_wait_on_hold(one):
    one.converge("onevm.present", name="held", owner="alice", template="base", power="hold")
    assert one.show("onevm", "held", owner="alice")["STATE"] == HOLD
    one.converge("onevm.present", name="held", owner="alice", power="running")


def test_the_context_of_a_running_vm_is_updated_key_by_key(one):
    one.converge("onevm.present", name="context", owner="alice", template="base", context={"a": "1", "b": "2"})
    changed = one.converge("onevm.present", name="context", owner="alice", context={"a": 'é "x"\n[y]', "b": "2"})
    assert changed.changes == {"context:A": {"old": "1", "new": 'é "x"\n[y]'}}
    context = one.show("onevm", "context", owner="alice")["TEMPLATE"]["CONTEXT"]
    assert (context["A"], context["B"], context["ROLE"]) == ('é "x"\n[y]', "2", "test")
    assert "running VMs" in changed.comment


def test_nics_are_attached_and_detached_one_by_one(one):
    first = {"network": "lan", "ip": "10.0.0.20"}
    second = {"network": "EOLE", "owner": "oneadmin", "ip": "192.168.230.20"}
    one.converge("onevm.present", name="nics", owner="alice", template="base", nics=[first])
    added = one.converge("onevm.present", name="nics", owner="alice", nics=[first, second])
    assert list(added.changes) == ["nics:EOLE"]
    assert nics(one.show("onevm", "nics", owner="alice")) == [("lan", "10.0.0.20"), ("EOLE", "192.168.230.20")]
    one.converge("onevm.present", name="nics", owner="alice", nics=[second])
    assert nics(one.show("onevm", "nics", owner="alice")) == [("EOLE", "192.168.230.20")]


CHANGES = {
    "cpu": (0.3, {"cpu": {"old": "0.1", "new": "0.3"}}),
    "vcpu": (2, {"vcpu": {"old": None, "new": 2}}),
    "memory": ("96M", {"memory": {"old": 64, "new": 96}}),
    "group": ("oneadmin", {"group": {"old": "users", "new": "oneadmin"}}),
    "permissions": ("666", {"permissions": {"old": "600", "new": "666"}}),
    "attributes": ({"note": "x"}, {"NOTE": {"old": None, "new": "x"}}),
}


@pytest.mark.parametrize("field", CHANGES)
def test_one_field_of_a_vm_changes_and_nothing_else(one, field):
    one.converge("onevm.present", name=f"of-{field}", owner="alice", template="base", power="poweroff")
    before = one.show("onevm", f"of-{field}", owner="alice")
    value, changes = CHANGES[field]
    calls = one.writes()
    changed = one.converge("onevm.present", name=f"of-{field}", owner="alice", **{field: value})
    assert changed.changes == changes
    assert one.writes() == calls + 1
    after = one.show("onevm", f"of-{field}", owner="alice")
    assert (after["STATE"], nics(after)) == (before["STATE"], nics(before))


def test_a_vm_joins_no_other_users_network(one):
    number = one.show("onevnet", "lan", owner="bob")["ID"]
    foreign = [{"network": "lan", "owner": "bob", "shared": True}]
    told = one.refused("onevm.present", name="spy", owner="alice", template="base", nics=foreign)
    assert "is not shared with alice" in told
    unsaid = [{"network": "open", "owner": "bob"}]
    told = one.refused("onevm.present", name="spy", owner="alice", template="base", nics=unsaid)
    assert "set shared: true" in told
    for nic in ({"NETWORK_ID": number}, {"NETWORK": "lan", "NETWORK_UNAME": "bob"}, {"NETWORK_MODE": "auto"}):
        one.run("onetemplate.create", "trap", {"CPU": 1, "MEMORY": 64, "NIC": nic})
        assert one.refused("onevm.present", name="spy", owner="alice", template="trap")
        one.run("onetemplate.delete", "trap")
    assert "does not exist" in one.refusal("onevm.show", "spy", owner="alice")
    one.converge("onevm.present", name="guest", owner="alice", template="base", nics=[{**unsaid[0], "shared": True}])


def test_a_network_that_the_scheduler_chooses(one):
    """It has the choice of networks that the VM may join, and of no others."""
    own, uplink = (int(one.show("onevnet", "lan", owner=owner)["ID"]) for owner in ("alice", "bob"))
    for requirements in (f"ID = {own}", 'UNAME = "alice" & NAME = "lan"'):
        automatic = {"network_mode": "auto", "sched_requirements": requirements}
        one.converge("onetemplate.present", name="choice", cpu=1, memory=64, permissions="644", nics=[automatic])
        one.converge("onevm.present", name="placed", owner="alice", template="choice")
        assert one.show("onevm", "placed", owner="alice")["TEMPLATE"]["NIC"]["NETWORK_ID"] == str(own)
        one.converge("onevm.absent", name="placed", owner="alice")
    automatic = {"network_mode": "auto", "sched_requirements": f"ID = {own} | ID = {uplink}"}
    one.converge("onetemplate.present", name="choice", cpu=1, memory=64, permissions="644", nics=[automatic])
    said = one.refused("onevm.present", name="placed", owner="alice", template="choice")
    assert "virtual network lan of bob" in said and "is not shared with alice" in said


def test_a_template_gives_no_vm_away(one):
    alice = one.show("oneuser", "alice")["ID"]
    one.run("onetemplate.create", "giving", {"CPU": 1, "MEMORY": 64, "AS_UID": alice, "AS_GID": 1})
    assert "AS_UID" in one.refused("onevm.present", name="given", template="giving")
    assert "AS_UID" in one.refusal("onetemplate.instantiate", "giving")
    one.run("onetemplate.chmod", "giving", "644")
    one.converge("onevm.present", name="given", owner="bob", template="giving")


def test_a_vm_is_renamed_and_runs_on(one):
    one.converge("onevm.present", name="before", owner="alice", template="base")
    number = one.show("onevm", "before", owner="alice")["ID"]
    one.converge("onevm.renamed", name="after", source="before", owner="alice")
    assert one.show("onevm", "after", owner="alice")["ID"] == number


def test_a_vm_is_removed_when_it_is_ours(one):
    one.converge(
        "onevm.present", name="going", owner="alice", template="base", nics=[{"network": "lan", "ip": "10.0.0.40"}]
    )
    assert "in use" in one.refused("onevnet.absent", name="lan", owner="alice")
    one.converge("onevm.absent", name="going", owner="alice")
    one.settled("onevm.absent", name="going", owner="alice")
    number = one.run("onetemplate.instantiate", "base", name="by-hand", as_user="alice")
    one.wait("onevm", ACTIVE, number)
    assert "carries no SALT_MANAGED" in one.refused("onevm.absent", name="by-hand", owner="alice")
    one.converge("onevm.absent", name="by-hand", owner="alice", unmanaged=True)


def test_two_vms_of_one_name_are_no_guess(one):
    for _ in range(2):
        one.run("onetemplate.instantiate", "base", name="twin", as_user="alice", hold=True)
    assert "is ambiguous" in one.refused("onevm.present", name="twin", owner="alice", template="base")
    assert "is ambiguous" in one.refused("onevm.absent", name="twin", owner="alice", unmanaged=True)
    assert "is ambiguous" in one.refusal("onevm.terminate", "twin", owner="alice")


def test_what_is_used_does_not_become_persistent(one):
    one.state("onevm.present", name="user-of-root", owner="alice", template="base")
    assert "while VMs use the image" in one.refused("oneimage.present", name="root", persistent=True)
    one.converge("onevm.absent", name="user-of-root", owner="alice")


def test_what_is_used_is_not_removed(one):
    one.state("onevm.present", name="user-of-things", owner="alice", template="base")
    assert "is in use by VM" in one.refused("oneimage.absent", name="root")
    assert "still owns" in one.refused("oneuser.absent", name="alice")


def test_an_address_that_another_vm_has_is_told_with_its_holder(one):
    place = {"template": "base", "template_owner": "oneadmin", "owner": "alice"}
    one.state("onevm.present", name="first", nics=[{"network": "lan", "ip": "10.0.0.60"}], **place)
    number = one.show("onevm", "first", owner="alice")["ID"]
    taken = f"10.0.0.60 on virtual network lan of alice is leased to VM {number} first of alice"
    assert taken in one.refused("onevm.present", name="second", nics=[{"network": "lan", "ip": "10.0.0.60"}], **place)
    one.state("onevm.present", name="third", nics=[{"network": "lan"}], **place)
    assert taken in one.refused("onevm.present", name="third", nics=[{"network": "lan", "ip": "10.0.0.60"}], **place)
    for name in ("first", "third"):
        one.converge("onevm.absent", name=name, owner="alice")


def test_an_address_that_is_held_is_told_as_such(one):
    one.run("onevnet.hold", "lan", "10.0.0.61", owner="alice")
    place = {"template": "base", "owner": "alice", "nics": [{"network": "lan", "ip": "10.0.0.61"}]}
    told = one.refused("onevm.present", name="unlucky", **place)
    assert "10.0.0.61 on virtual network lan of alice is held; onevnet.release frees it" in told
    one.run("onevnet.release", "lan", "10.0.0.61", owner="alice")


def test_a_vm_that_fits_no_host_is_told_with_the_schedulers_reason(one):
    arguments = {"template": "base", "cpu": 1000, "power": "running", "timeout": 1}
    made = one.state("onevm.present", name="huge", owner="alice", **arguments)
    assert made.result is False
    assert "its state was PENDING (" in made.comment
    assert "host" in made.comment.lower()
    again = one.state("onevm.present", name="huge", owner="alice", **arguments)
    assert (again.result, again.changes) == (False, {})
    assert "its state was PENDING (" in again.comment
    one.converge("onevm.absent", name="huge", owner="alice")


def test_not_waiting_is_possible(one):
    made = one.state("onevm.present", name="hasty", owner="alice", template="base", power="running", wait=False)
    assert made.result is True
    one.wait("onevm", ACTIVE, "hasty", owner="alice")
    one.settled("onevm.present", name="hasty", owner="alice", power="running")


BAD = {
    "template": 5,
    "template_owner": ["a"],
    "cpu": -1,
    "vcpu": "two",
    "memory": "much",
    "nics": "lan",
    "context": "a=b",
    "power": "on",
    "wait": "soon",
    "group": {},
    "permissions": "7",
    "attributes": "x",
    "timeout": 0,
}


@pytest.mark.parametrize("field", BAD)
def test_a_bad_value_is_refused_by_name(one, field):
    told = one.refused("onevm.present", name="bad", owner="alice", **{"template": "base", field: BAD[field]})
    assert field in told.lower()


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ({"template": None}, "template must be given"),
        ({"template": "none"}, "template none of oneadmin does not exist"),
        ({"template_owner": "bob"}, "template base of bob does not exist"),
        ({"nics": [{"network": "none"}]}, "virtual network none of alice does not exist"),
        ({"nics": [{"owner": "bob"}]}, "nics[0].network"),
        ({"nics": [{"network": "lan", "ip": "ten"}]}, "nics[0].ip"),
        ({"nics": [{"network_id": 5, "network": "lan"}]}, "nics[0].network_id"),
        ({"attributes": {"nic": {"network": "lan"}}}, "use nics instead"),
        ({"context": {"a": ["b"]}}, "context"),
        ({"owner": "nobody"}, "user nobody does not exist"),
        ({"powr": "running"}, "did you mean 'power'?"),
    ],
)
def test_a_wrong_declaration_is_refused_in_a_sentence(one, declared, told):
    arguments = {"owner": "alice", "template": "base", **declared}
    assert told in one.refused("onevm.present", name="bad", **arguments)
