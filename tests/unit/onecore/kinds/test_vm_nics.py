"""Which networks a VM joins: its owner's, or shared ones, by whatever path; before and after it is made."""

import pytest

from onecore.basics.errors import ArgumentError, RefusedError
from onecore.basics.plan import Desired, render
from onecore.basics.syntax import parse
from onecore.engine.converge import converge
from onecore.kinds.vm.kind import VM
from tests.doubles.fake_cloud import KINDS, FakeCloud, cloud_of, described, element

ALICE, BOB, EOLE, OPEN, TEAM, ADMINS = range(10, 16)
RANGES = {"AR": [{"AR_ID": 0, "TYPE": "IP4", "IP": ip, "SIZE": 100} for ip in ("192.168.230.1", "10.0.0.1")]}
NETWORKS = [
    described("onevnet", ALICE, "dmz1", owner="alice", AR_POOL=RANGES),
    described("onevnet", BOB, "dmz1", owner="bob", AR_POOL=RANGES),
    described("onevnet", EOLE, "EOLE", owner="oneadmin", mode="604", AR_POOL=RANGES),
    described("onevnet", OPEN, "open", owner="bob", mode="604", AR_POOL=RANGES),
    described("onevnet", TEAM, "team", owner="bob", mode="640", AR_POOL=RANGES),
    described("onevnet", ADMINS, "private", owner="oneadmin", mode="600", AR_POOL=RANGES),
]


def user(number, name, *groups):
    return described("oneuser", number, name, GID=groups[0], GNAME="users", GROUPS={"ID": list(groups)})


USERS = [user(0, "oneadmin", 0), user(2, "alice", 1), user(3, "bob", 1)]
GROUPS = [described("onegroup", 0, "oneadmin"), described("onegroup", 1, "users"), described("onegroup", 100, "eole")]


def setup(template=None, vms=(), users=USERS, **answers):
    content = {"CPU": "1", "MEMORY": "64", **(template or {})}
    templates = [described("onetemplate", 3, "gateway", owner="oneadmin", mode="604", TEMPLATE=content)]
    pools = {"onevnet": NETWORKS, "oneuser": users, "onegroup": GROUPS, "onetemplate": templates, "onevm": vms}
    fake = FakeCloud(answers, **pools)
    return fake, cloud_of(fake)


def vm(nics=(), owner="alice", aliases=(), pci=(), **content):
    """A running VM."""
    inner = {"CPU": "1", "MEMORY": "64", "NIC": list(nics), "NIC_ALIAS": list(aliases), "PCI": list(pci)}
    return described("onevm", 20, "gw", owner=owner, STATE=3, LCM_STATE=3, TEMPLATE=inner, **content)


def present(cloud, test=False, owner="alice", **values):
    desired = Desired("onevm", "gw", owner, {"template": "gateway", "template_owner": "oneadmin", **values})
    (report,) = converge(cloud, KINDS, [desired], test)
    return report


def instantiating(fake, nics):
    """Have the next instantiation make a VM with these NICs."""

    def instantiate(*params):
        fake.objects["onevm"][20] = vm(nics)
        return 20

    fake.answers["one.template.instantiate"] = instantiate
    return fake


def nic(network, number=0, **more):
    name = next(each["NAME"] for each in NETWORKS if each["ID"] == network)
    return {"NIC_ID": number, "NETWORK_ID": network, "NETWORK": name, **more}


REFUSED = {
    "by id": {"NETWORK_ID": BOB},
    "by id and name": {"NETWORK_ID": BOB, "NETWORK": "dmz1"},
    "by owner": {"NETWORK": "dmz1", "NETWORK_UNAME": "bob"},
    "by owner's id": {"NETWORK": "dmz1", "NETWORK_UID": 3},
    "by owner's id, which comes first": {"NETWORK": "dmz1", "NETWORK_UID": 3, "NETWORK_UNAME": "alice"},
    "open to all": {"NETWORK_ID": OPEN},
    "open to the group": {"NETWORK_ID": TEAM},
    "an administrator's own": {"NETWORK_ID": ADMINS},
    "any": {"NETWORK_MODE": "auto"},
    "any, in capitals": {"NETWORK": "dmz1", "NETWORK_MODE": "AUTO"},
}


@pytest.mark.parametrize("kind", ["NIC", "NIC_ALIAS", "PCI"])
@pytest.mark.parametrize("path", REFUSED)
@pytest.mark.parametrize("test", [True, False])
def test_a_template_does_not_lead_to_another_users_network(kind, path, test):
    fake, cloud = setup({kind: [{"NETWORK": "dmz1", "TYPE": "NIC"}, {**REFUSED[path], "TYPE": "NIC"}]})
    report = present(cloud, test)
    assert f"{kind} 1 of template gateway" in report.error
    assert fake.writes == []


def test_nor_do_the_defaults_of_its_nics():
    fake, cloud = setup({"NIC": {"MODEL": "virtio"}, "NIC_DEFAULT": {"NETWORK_MODE": "auto"}})
    assert "NETWORK_MODE=auto" in present(cloud).error
    assert fake.writes == []


@pytest.mark.parametrize("there", [{"NETWORK_ID": 99}, {"NETWORK_ID": "x"}, {"NETWORK": "nowhere"}])
@pytest.mark.parametrize("more", [{}, {"NETWORK_UNAME": "bob"}])
def test_a_network_that_does_not_exist(there, more):
    fake, cloud = setup({"NIC": {**there, **more}})
    assert "does not exist" in present(cloud).error or "there is no virtual network" in present(cloud).error
    assert fake.writes == []


@pytest.mark.parametrize("test", [True, False])
@pytest.mark.parametrize("vms", [(), ("there",)])
def test_an_address_that_the_network_does_not_lease(test, vms):
    fake, cloud = setup(vms=[vm([nic(ALICE)]) for _ in vms])
    error = present(cloud, test, nics=[{"network": "dmz1"}, {"network": "dmz1", "ip": "10.0.0.101"}]).error
    assert error == (
        "nics: 10.0.0.101 is in no address range of virtual network dmz1 of alice, so that OpenNebula cannot lease it."
    )
    assert fake.writes == []


@pytest.mark.parametrize("address", [{"ip": "10.0.0.5"}, {"mac": "02:00:0A:00:00:05"}, {"ip6": "2001:db8::5"}])
def test_one_address_for_two_nics(address):
    fake, cloud = setup(vms=[vm()])
    error = present(cloud, nics=[{"network": "dmz1", **address}, {"network": "dmz1", **address}]).error
    assert error.startswith("nics[1]: ") and error.endswith(" is the address of another NIC already.")
    assert fake.writes == []


def test_an_address_of_a_range_that_is_to_come():
    _, cloud = setup()
    ranges = {"more": {"ip": "10.0.9.1", "size": 5}}
    network = Desired("onevnet", "dmz1", "alice", {"address_ranges": ranges})
    web = Desired("onevm", "web", "alice", {"template": "gateway", "nics": [{"network": "dmz1", "ip": "10.0.9.5"}]})
    reports = converge(cloud, KINDS, [network, web], test=True)
    assert [report.error for report in reports] == ["", ""]


def test_an_unknown_owner():
    _, cloud = setup({"NIC": {"NETWORK": "dmz1", "NETWORK_UID": 77}})
    assert "NIC 0 of template gateway: there is no user with ID 77" in present(cloud).error


ALLOWED = {
    "none": {"MODEL": "virtio"},
    "the owner's by name": {"NETWORK": "dmz1"},
    "the owner's by id": {"NETWORK_ID": ALICE},
    "the owner's by owner": {"NETWORK": "dmz1", "NETWORK_UNAME": "alice"},
    "an administrator's shared one": {"NETWORK": "EOLE", "NETWORK_UNAME": "oneadmin"},
}


@pytest.mark.parametrize("path", ALLOWED)
def test_what_a_template_may_say(path):
    fake, cloud = setup({"NIC": ALLOWED[path], "PCI": {"TYPE": "GPU", "NETWORK_ID": BOB}})
    instantiating(fake, [nic(ALICE)])
    assert present(cloud).error == ""
    ((method, number, name, hold, extra, persistent),) = fake.writes
    assert (method, number, name, hold, persistent) == ("one.template.instantiate", 3, "gw", False, False)
    assert parse(extra) == {"AS_UID": "2", "AS_GID": "1"}


def test_declared_nics_take_the_place_of_the_templates():
    fake, cloud = setup({"NIC": {"NETWORK_ID": BOB}})
    instantiating(fake, [nic(ALICE, IP="10.0.0.9")])
    assert present(cloud, nics=[{"network": "dmz1", "ip": "10.0.0.9"}]).error == ""
    assert parse(fake.writes[0][4])["NIC"] == {"NETWORK_ID": str(ALICE), "IP": "10.0.0.9"}


def test_no_declared_nics_leave_the_templates():
    """An empty list takes nothing out of a template: its NICs would be joined, if only for a moment."""
    fake, cloud = setup({"NIC": {"NETWORK_ID": BOB}})
    assert "NIC 0 of template gateway" in present(cloud, nics=[]).error
    assert fake.writes == []


@pytest.mark.parametrize("existing", [True, False])
@pytest.mark.parametrize("test", [True, False])
@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"network": "dmz1", "owner": "bob"}, "virtual network dmz1 of bob (ID 11) is not shared with alice"),
        ({"network": "dmz1", "owner": "bob", "shared": True}, "permissions are 600"),
        ({"network": "private", "owner": "oneadmin", "shared": True}, "permissions are 600"),
        ({"network": "open", "owner": "bob"}, "is another user's"),
        ({"network": "team", "owner": "bob"}, "is another user's"),
        ({"network": "nowhere"}, "virtual network nowhere of alice does not exist"),
        ({"network": "EOLE"}, "virtual network EOLE of alice does not exist"),
    ],
)
def test_declared_nics_that_are_refused(existing, test, declared, said):
    fake, cloud = setup(vms=[vm([nic(ALICE)])] if existing else [])
    report = present(cloud, test, nics=[{"network": "dmz1"}, declared])
    assert "nics[1]: " in report.error and said in report.error
    assert fake.writes == []


@pytest.mark.parametrize(
    "declared",
    [
        {"network": "EOLE", "owner": "oneadmin"},
        {"network": "EOLE", "owner": "oneadmin", "shared": True},
        {"network": "open", "owner": "bob", "shared": True},
        {"network": "team", "owner": "bob", "shared": "yes"},
        {"network": "dmz1", "owner": "alice"},
    ],
)
def test_declared_nics_that_are_allowed(declared):
    _, cloud = setup()
    report = present(cloud, test=True, nics=[declared])
    assert report.error == ""
    assert report.action == "create"


def test_the_group_bit_is_for_the_group():
    outsider = [user(0, "oneadmin", 0), user(2, "alice", 100), user(3, "bob", 1)]
    _, cloud = setup(users=outsider)
    assert "permissions are 640" in present(cloud, nics=[{"network": "team", "owner": "bob", "shared": True}]).error


def test_administrators_are_the_members_of_their_group():
    also = [user(0, "oneadmin", 0), user(2, "alice", 1), user(3, "bob", 1, 0)]
    _, cloud = setup({"NIC": {"NETWORK_ID": OPEN}}, users=also)
    assert present(cloud, test=True).error == ""


@pytest.mark.parametrize(
    ("said", "key"), [("network_id", 11), ("network_uname", "bob"), ("network_uid", 3), ("network_mode", "auto")]
)
def test_declared_nics_name_their_network(said, key):
    with pytest.raises(ArgumentError, match=rf"nics\[0\]\.{said}: name the network"):
        VM.order(Desired("onevm", "gw", "alice", {"nics": [{"network": "dmz1", said: key}]}), "oneadmin")


@pytest.mark.parametrize("network", [None, "", 11, ["dmz1"]])
def test_declared_nics_must_name_their_network(network):
    with pytest.raises(ArgumentError, match=r"nics\[0\]\.network"):
        VM.order(Desired("onevm", "gw", "alice", {"nics": [{"network": network}]}), "oneadmin")


@pytest.mark.parametrize("owner", [3, ["bob"], "a:b"])
def test_declared_nics_name_their_owner(owner):
    with pytest.raises(ArgumentError, match="name of a user"):
        VM.order(Desired("onevm", "gw", "alice", {"nics": [{"network": "dmz1", "owner": owner}]}), "oneadmin")


# -- VMs that exist ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("network", [BOB, OPEN, TEAM, ADMINS])
@pytest.mark.parametrize("part", ["nics", "aliases", "pci"])
def test_a_vm_on_another_users_network_is_told(part, network):
    fake, cloud = setup(vms=[vm(**{part: [nic(network, 4, TYPE="NIC")]})])
    assert "4: virtual network" in present(cloud).error
    assert fake.writes == []


def test_a_vm_whose_network_the_scheduler_is_to_find():
    _, cloud = setup(vms=[vm([{"NIC_ID": 0, "NETWORK_MODE": "auto"}])])
    assert "NETWORK_MODE=auto" in present(cloud).error


def test_a_vm_that_is_made_is_looked_at_again():
    fake, cloud = setup()
    instantiating(fake, [nic(BOB)])
    report = present(cloud)
    assert "NIC 0: virtual network dmz1 of bob (ID 11) is not shared with alice" in report.error
    assert report.result(test=False) is False


def test_a_nic_that_is_not_declared_is_detached_even_from_another_users_network():
    fake, cloud = setup(vms=[vm([nic(BOB, 0), nic(ALICE, 1)])])

    def detach(number, nic_id):
        fake.objects["onevm"][20] = vm([nic(ALICE, 1)])
        return number

    fake.answers["one.vm.detachnic"] = detach
    assert present(cloud, nics=[{"network": "dmz1"}]).error == ""
    assert fake.writes == [("one.vm.detachnic", 20, 0)]


def changes(existing, *nics):
    _, cloud = setup()
    order = VM.order(Desired("onevm", "gw", "alice", {"nics": list(nics)}), "oneadmin")
    VM.resolve(order, cloud)
    field = next(each for each in VM.fields if each.name == "nics")
    return list(field.changes(resource_of(existing), order.wanted["nics"]))


def resource_of(content):
    from onecore.cloud.resource import Resource

    return Resource(element("VM", content), VM.template)


DMZ, UPLINK = {"network": "dmz1"}, {"network": "EOLE", "owner": "oneadmin", "shared": True}


def test_nics_as_declared():
    there = vm([nic(EOLE, 0, IP="192.168.230.11"), nic(ALICE, 1, IP="10.0.0.1", MAC="02:00:0A:00:00:01")])
    assert changes(there, {**UPLINK, "ip": "192.168.230.11"}, {**DMZ, "mac": "02:00:0a:00:00:01"}) == []
    assert changes(there, DMZ, UPLINK) == []


def test_a_vm_loses_no_nic_before_it_has_got_the_others():
    there = vm([nic(EOLE, 0, IP="192.168.230.11"), nic(ALICE, 1, IP="10.0.0.1")])
    found = changes(there, {**UPLINK, "ip": "192.168.230.12"}, DMZ)
    assert [change.write for change in found] == [
        ("attach", {"NETWORK_ID": str(EOLE), "IP": "192.168.230.12"}),
        ("detach", 0),
    ]
    assert all(change.disruptive for change in found)
    assert render(found) == {
        "nics:EOLE": {"old": None, "new": {"network": "EOLE", "owner": "oneadmin", "IP": "192.168.230.12"}},
        "nics:NIC 0": {"old": {"NETWORK": "EOLE", "IP": "192.168.230.11"}, "new": None},
    }


def test_a_new_nic_gets_one_address():
    there = vm([nic(ALICE, 0, IP="10.0.0.1", MAC="02:00:0a:00:00:01"), nic(EOLE, 1, IP="192.168.230.11")])
    assert changes(there, {**DMZ, "ip": "10.0.0.1", "mac": "02:00:0a:00:00:01"}, UPLINK) == []
    with pytest.raises(RefusedError, match=r"OpenNebula takes one address for a NIC .* dmz1 has ip and mac"):
        changes(there, {**DMZ, "ip": "10.0.0.1", "mac": "02:00:00:00:00:99"})


def test_two_nics_on_one_network():
    there = vm([nic(ALICE, 0, IP="10.0.0.1"), nic(ALICE, 1, IP="10.0.0.2")])
    assert changes(there, DMZ, {**DMZ, "ip": "10.0.0.1"}) == []
    assert changes(there, DMZ, {**DMZ, "ip": "10.0.0.2"}) == []
    assert len(changes(there, DMZ, DMZ, DMZ)) == 1


def test_nics_of_a_new_vm():
    (change,) = changes(vm(), {**DMZ, "ip": "10.0.0.1"})
    assert change.write == ("attach", {"NETWORK_ID": str(ALICE), "IP": "10.0.0.1"})
    assert changes(vm()) == []
