"""Each isolation problem is found, and a cloud without one has no findings."""

import pytest

from onecore.cloud.directory import TEMPLATES
from onecore.takeover.audit import CHECKS, audit, lint
from tests.doubles import clouds
from tests.doubles.simulated import Simulated

POOL = [{"TYPE": "IP4", "IP": "10.0.0.10", "SIZE": 20}]


class Cloud(clouds.Builder):
    """A cloud of two users, whose group is in no VDC that lets it use networks."""

    def __init__(self):
        self.simulated = Simulated()
        super().__init__(self.simulated.call, self.simulated.settle)
        self.group("team")
        self.call("one.vdc.delgroup", 0, self.groups["team"])
        for user in ("ann", "ben"):
            self.user(user, "team")

    def net(self, name="lan", owner="ann", vlan=100, **more):
        group = "oneadmin" if owner == "oneadmin" else "team"
        number = self.network(name, owner, group, POOL, VLAN_ID=vlan, **more)
        self.settle()
        return number

    def vm(self, owner, **attributes):
        said = {"NAME": "web", "CPU": 1, "MEMORY": 64, **attributes}
        number = self.call("one.vm.allocate", clouds.template(**said), False)
        self.give("one.vm", number, owner, "team")
        self.settle()
        return number

    def holes(self):
        return audit(self.simulated.connect())

    def found(self):
        return {(hole["check"], hole["severity"], hole["object"].partition(" (")[0]) for hole in self.holes()}


@pytest.fixture
def cloud():
    return Cloud()


def test_a_cloud_without_a_hole(cloud):
    cloud.net(vlan=100)
    cloud.net(owner="ben", vlan=101)
    cloud.permit("one.vn", cloud.net("uplink", "oneadmin", vlan=5), "644")
    assert cloud.found() == set()


def test_two_users_on_one_vlan(cloud):
    cloud.net(vlan=100)
    cloud.net(owner="ben", vlan=100)
    (hole,) = cloud.holes()
    assert (hole["check"], hole["object"]) == ("same_vlan", "virtual network lan of ben")
    assert hole["finding"] == "it is on VLAN 100 of eth1, as virtual network lan of ann (ID 0) is"


def test_a_trunk_that_carries_the_vlans_of_others(cloud):
    for number in (100, 101, 105):
        cloud.net(f"lan{number}", vlan=number)
    cloud.net("mine", owner="ben", vlan=102)
    cloud.net("trunk", owner="ben", VN_MAD="bridge", VLAN_TAGGED_ID="100-102")
    (hole,) = cloud.holes()
    assert (hole["severity"], hole["check"], hole["object"]) == ("high", "same_vlan", "virtual network trunk of ben")
    assert hole["finding"] == (
        "it carries VLAN 100 of eth1, that of virtual network lan100 of ann (ID 0), and VLANs of 1 more"
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"PHYDEV": "eth1"}, {"PHYDEV": "eth2"}),
        ({"PHYDEV": "eth1"}, {"VN_MAD": "vxlan"}),
    ],
    ids=["another device", "another driver"],
)
def test_one_number_is_not_yet_one_vlan(cloud, first, second):
    cloud.net(vlan=100, **first)
    cloud.net("other", owner="ben", vlan=100, **second)
    assert cloud.found() == set()


def test_a_switch_is_no_secret(cloud):
    """TOKEN asks OneGate for a token; what it holds is YES."""
    made = cloud.template("web", "ann", "team", MEMORY=64, CPU=1, CONTEXT={"TOKEN": "YES", "REPORT_READY": "yes"})
    cloud.permit("one.template", made, "604", False)
    assert cloud.holes() == []


@pytest.mark.parametrize(("octal", "severity"), [("604", "high"), ("640", "medium")])
def test_a_network_that_others_may_use(cloud, octal, severity):
    cloud.permit("one.vn", cloud.net(), octal)
    assert cloud.found() == {("open_network", severity, "virtual network lan of ann")}


def test_group_oneadmin_is_nobody_else(cloud):
    """What was made by hand and given to a user often stays in it."""
    network = cloud.net()
    cloud.call("one.vn.chown", network, -1, 0)
    cloud.permit("one.vn", network, "640")
    assert cloud.found() == set()


def test_an_administrator_of_a_group(cloud):
    """That is mostly what is wanted, and no rule to be deleted by itself."""
    cloud.call("one.user.chgrp", cloud.users["ann"], cloud.groups["team"])
    cloud.call("one.group.addadmin", cloud.groups["team"], cloud.users["ann"])
    holes = cloud.holes()
    assert {(hole["check"], hole["severity"]) for hole in holes} == {("broad_rule", "medium")}
    assert all("user ann, an administrator of group team, manage" in hole["finding"] for hole in holes)
    assert {hole["cure"] for hole in holes} == {"onegroup deladmin team ann, unless you want that"}


def test_the_default_vdc(cloud):
    cloud.call("one.vdc.addgroup", 0, cloud.groups["team"])
    (hole,) = cloud.holes()
    assert (hole["check"], hole["severity"]) == ("default_vdc", "high")
    assert hole["cure"].startswith("onevdc delgroup 0 team")


def test_another_vdc(cloud):
    """What it shares is taken out of it: a rule that is deleted would leave it broken."""
    network = cloud.net()
    for name, verb, number in (("blades", "addcluster", 0), ("nets", "addvnet", network)):
        vdc = cloud.call("one.vdc.allocate", clouds.template(NAME=name))
        cloud.call(f"one.vdc.{verb}", vdc, 0, number)
        cloud.call("one.vdc.addgroup", vdc, cloud.groups["team"])
    wide, single = cloud.holes()
    assert (wide["check"], wide["severity"]) == ("network_rule", "high")
    assert wide["cure"].startswith("give VDC blades hosts and datastores, not clusters")
    assert (single["check"], single["severity"]) == ("network_rule", "medium")
    assert single["cure"] == f"onevdc delvnet {vdc} 0 {network}"


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (("{team}", "NET/*", "USE"), {("network_rule", "high")}),
        (("*", "NET/*", "USE"), {("network_rule", "high")}),
        (("{ben}", "NET/#0", "USE"), {("network_rule", "medium")}),
        (("{ann}", "NET/#0", "USE"), set()),
        (("{team}", "VM/*", "MANAGE"), {("broad_rule", "high")}),
        (("{team}", "IMAGE/@team", "ADMIN"), {("broad_rule", "high")}),
        (("{team}", "VM/*", "CREATE"), set()),
        (("{team}", "HOST/*", "MANAGE"), set()),
        (("admins", "NET/*", "USE"), set()),
    ],
)
def test_acl_rules(cloud, rule, found):
    cloud.net()
    user, resource, right = rule
    kinds = {"VM": 0x1000000000, "HOST": 0x2000000000, "NET": 0x4000000000, "IMAGE": 0x8000000000}
    who = {"*": 0x400000000, "admins": 0x200000000, "{team}": 0x200000000 | cloud.groups["team"]}
    who |= {f"{{{name}}}": 0x100000000 | cloud.users[name] for name in ("ann", "ben")}
    kind, _, which = resource.partition("/")
    selector = {"*": 0x400000000, "#0": 0x100000000, "@team": 0x200000000 | cloud.groups["team"]}[which]
    bits = {"USE": 1, "MANAGE": 2, "ADMIN": 4, "CREATE": 8}[right]
    cloud.call(
        "one.acl.addrule",
        hex(who[user]),
        hex(kinds[kind] | selector),
        hex(bits),
        hex(0x100000000 if "#" in which else 0x400000000),
    )
    assert {(hole["check"], hole["severity"]) for hole in cloud.holes()} == found


@pytest.mark.parametrize(
    ("nic", "octal", "found"),
    [
        ({"NETWORK": "lan", "NETWORK_UNAME": "ann"}, "600", {("pinned_network", "medium", "template web of ben")}),
        ({"NETWORK_ID": 0}, "640", {("pinned_network", "high", "template web of ben")}),
        ({"NETWORK": "lan"}, "640", set()),
    ],
)
def test_templates_that_pin_a_network(cloud, nic, octal, found):
    cloud.net()
    made = cloud.template("web", "ben", "team", MEMORY=64, CPU=1, NIC=[nic])
    cloud.permit("one.template", made, octal, False)
    assert cloud.found() == found


def test_a_vm_on_another_users_network(cloud):
    network = cloud.net()
    cloud.vm("ben", NIC={"NETWORK_ID": network})
    assert cloud.found() == {("foreign_vm", "high", "VM web of ben")}


def test_a_gateway_with_another_users_network_as_its_uplink(cloud):
    network = cloud.net()
    cloud.vm("ben", NIC={"NETWORK_ID": network}, SALT_MANAGED="team/ben/onevm/web")
    assert cloud.found() == {("wrong_uplink", "high", "VM web of ben")}


def test_a_vm_on_the_uplink_of_everybody(cloud):
    network = cloud.net("uplink", "oneadmin")
    cloud.vm("ben", NIC={"NETWORK_ID": network})
    assert cloud.found() == set()


def test_images_that_everybody_may_read(cloud):
    made = cloud.call("one.image.allocate", clouds.template(NAME="disk", TYPE="DATABLOCK", SIZE=10), 1)
    cloud.settle()
    cloud.give("one.image", made, "ann", "team")
    cloud.permit("one.image", made, "604")
    assert cloud.found() == {("open_image", "medium", "image disk of ann")}


@pytest.mark.parametrize(("octal", "severity"), [("604", "high"), ("640", "medium")])
def test_contexts_with_secrets_that_others_may_read(cloud, octal, severity):
    made = cloud.template("web", "ann", "team", MEMORY=64, CPU=1, CONTEXT={"DB_PASSWORD": "hidden-words", "A": "b"})
    cloud.permit("one.template", made, octal, False)
    (hole,) = cloud.holes()
    assert (hole["check"], hole["severity"]) == ("open_secret", severity)
    assert "DB_PASSWORD" in hole["finding"]
    assert "hidden" not in str(hole)


def test_users_who_may_do_everything(cloud):
    cloud.call("one.user.addgroup", cloud.users["ann"], 0)
    assert cloud.found() == {("administrator", "medium", "user ann")}


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"VN_MAD": "bridge", "PHYDEV": ""}, "driver bridge applies no rules on hosts"),
        ({"SECURITY_GROUPS": "web"}, "SECURITY_GROUPS contains names"),
    ],
)
def test_security_groups_that_do_nothing(cloud, attributes, said):
    made = cloud.call("one.secgroup.allocate", clouds.template(NAME="web"))
    network = cloud.net(**{"SECURITY_GROUPS": str(made), **attributes})
    if "SECURITY_GROUPS" in attributes:
        cloud.call("one.vn.update", network, 'SECURITY_GROUPS="web"', 1)
    (hole,) = cloud.holes()
    assert hole["check"] == "idle_security_group"
    assert hole["finding"].startswith(said)


def test_the_gravest_come_first(cloud):
    cloud.call("one.user.addgroup", cloud.users["ann"], 0)
    cloud.net(owner="ben", vlan=100)
    cloud.permit("one.vn", cloud.net("x", owner="ben", vlan=101), "604")
    assert [hole["severity"] for hole in cloud.holes()] == ["high", "medium"]


def test_every_check_says_what_it_looks_for():
    assert all(check.__doc__ for check in CHECKS)


@pytest.mark.parametrize(
    ("attributes", "findings"),
    [
        ({"DISK": {"IMAGE_ID": 77}}, [("disk 0", "image 77 does not exist")]),
        ({"DISK": {"IMAGE": "gone", "IMAGE_UNAME": "ben"}}, [("disk 0", "image gone of ben does not exist")]),
        ({"DISK": {"IMAGE": "gone"}}, [("disk 0", "no user has an image gone")]),
        ({"NIC": [{"NETWORK": "lan"}, {"NETWORK": "lun"}]}, [("NIC 1", "no user has a virtual network lun")]),
        ({"NIC": {"NETWORK_ID": 9}}, [("NIC 0", "virtual network 9 does not exist")]),
        ({"NIC": {"NETWORK": "lan", "NETWORK_UID": 3}}, [("NIC 0", "virtual network lan of ben does not exist")]),
        ({"NIC": {"NETWORK": "lan", "SECURITY_GROUPS": "0,44"}}, [("NIC 0", "security group 44 does not exist")]),
        ({"NIC": {"NETWORK_MODE": "auto"}}, []),
    ],
)
def test_templates_that_no_vm_can_be_made_of(cloud, attributes, findings):
    cloud.net()
    cloud.template("web", "ann", "team", MEMORY=64, CPU=1, **attributes)
    view = cloud.simulated.connect()
    assert [(row["part"], row["finding"]) for row in lint(view, view.pool(TEMPLATES))] == findings
