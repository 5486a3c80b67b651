"""Who may use whose object, in a dry run after the announced changes."""

import pytest

from onecore.basics.plan import Desired
from onecore.engine.converge import converge
from onecore.model import sharing
from tests.doubles.fake_cloud import KINDS, FakeCloud, cloud_of, described

OURS = {"SALT_MANAGED": "shared/oneadmin"}
GROUPS = [described("onegroup", number, name) for number, name in ((0, "oneadmin"), (1, "users"), (100, "eole"))]
ADMINISTRATOR = described("oneuser", 0, "oneadmin", GID=0, GNAME="oneadmin", GROUPS={"ID": [0]})
ALICE = described("oneuser", 2, "alice", GID=1, GNAME="users", GROUPS={"ID": [1]}, TEMPLATE=OURS)
NETWORK = described("onevnet", 9, "EOLE", owner="oneadmin", mode="600", STATE=1, TEMPLATE=OURS)
TEMPLATE = described(
    "onetemplate", 3, "gateway", owner="oneadmin", mode="644", TEMPLATE={"CPU": "1", "MEMORY": "64", **OURS}
)

UPLINK = {"network": "EOLE", "owner": "oneadmin", "shared": True}
GATEWAY = Desired(
    "onevm", "gw", "alice", {"template": "gateway", "template_owner": "oneadmin", "nics": [UPLINK]}, "eole/alice"
)


def network(**values):
    return Desired("onevnet", "EOLE", "oneadmin", {"driver": "bridge", **values}, "shared/oneadmin")


def user(**values):
    return Desired("oneuser", "alice", None, values, "eole/alice")


def gateway(*before, **objects):
    """What a dry run says of the gateway after these declarations."""
    pools = {"onegroup": GROUPS, "oneuser": [ADMINISTRATOR, ALICE], "onevnet": [NETWORK], "onetemplate": [TEMPLATE]}
    fake = FakeCloud(**{**pools, **objects})
    *others, report = converge(cloud_of(fake), KINDS, [*before, GATEWAY], test=True)
    assert [each.error for each in others] == [""] * len(others)
    assert fake.writes == []
    return report.error


def test_a_network_that_is_not_shared():
    assert "not shared with alice: its permissions are 600" in gateway()


def test_a_network_that_will_be_shared():
    assert gateway(network(permissions="604")) == ""
    assert gateway(network(permissions="604"), onevnet=[]) == ""


def test_a_network_that_will_not_be_shared_any_more():
    shared = described("onevnet", 9, "EOLE", owner="oneadmin", mode="604", STATE=1, TEMPLATE=OURS)
    assert gateway(onevnet=[shared]) == ""
    assert "its permissions are 600" in gateway(network(permissions="600"), onevnet=[shared])


def test_a_new_network_is_for_its_owner_alone():
    assert "virtual network EOLE of oneadmin is not shared" in gateway(network(), onevnet=[])


@pytest.mark.parametrize("existing", [True, False])
def test_a_user_who_will_be_in_the_group(existing):
    users = {"oneuser": [ADMINISTRATOR, ALICE] if existing else [ADMINISTRATOR]}
    shared = network(permissions="640", group="eole")
    assert gateway(shared, user(group="eole"), **users) == ""
    assert gateway(shared, user(groups=["eole"]), **users) == ""
    assert "its permissions are 640" in gateway(shared, user(group="users"), **users)


def test_a_user_who_will_have_left_the_group():
    member = described("oneuser", 2, "alice", GID=1, GNAME="users", GROUPS={"ID": [1, 100]}, TEMPLATE=OURS)
    users = {"oneuser": [ADMINISTRATOR, member]}
    shared = network(permissions="640", group="eole")
    assert gateway(shared, **users) == ""
    assert gateway(shared, user(group="users"), **users) == ""
    assert "its permissions are 640" in gateway(shared, user(groups=[]), **users)


def test_the_groups_of_somebody_unknown():
    fake = FakeCloud(onegroup=GROUPS, oneuser=[ADMINISTRATOR])
    assert sharing.groups(cloud_of(fake), "nobody") == set()
    assert sharing.is_administrator(cloud_of(fake), "oneadmin")


@pytest.mark.parametrize("existing", [True, False])
def test_a_template_that_will_lead_elsewhere(existing):
    theirs = described("onevnet", 10, "dmz1", owner="alice", STATE=1)
    plain = Desired("onevm", "gw", "alice", {"template": "gateway", "template_owner": "oneadmin"}, "eole/alice")
    pools = {"onegroup": GROUPS, "oneuser": [ADMINISTRATOR, ALICE], "onevnet": [NETWORK, theirs]}
    pools["onetemplate"] = [TEMPLATE] if existing else []

    def told(*nics):
        values = {"cpu": 1, "memory": 64, "nics": list(nics), "permissions": "644"}
        template = Desired("onetemplate", "gateway", "oneadmin", values, "shared/oneadmin")
        reports = converge(cloud_of(FakeCloud(**pools)), KINDS, [template, plain], test=True)
        assert reports[0].error == ""
        return reports[1].error

    assert told({"network": "dmz1"}) == told() == ""
    assert "its permissions are 600" in told({"network": "dmz1"}, UPLINK)


# -- what VMs are made of ------------------------------------------------------------------------------------------

PLAIN = Desired("onevm", "gw", "alice", {"template": "gateway", "template_owner": "oneadmin"}, "eole/alice")
IMAGE = described("oneimage", 4, "debian", owner="oneadmin", mode="640", STATE=1)


def made(*before, template="644", image=IMAGE, who=ALICE, rules=()):
    """What a dry run says of a VM with a disk, after these declarations."""
    content = {"CPU": "1", "MEMORY": "64", "DISK": {"IMAGE": "debian", "IMAGE_UNAME": "oneadmin"}, **OURS}
    acl = [{"ID": number, "NAME": "", **rule} for number, rule in enumerate(rules)]
    fake = FakeCloud(
        onegroup=GROUPS,
        oneuser=[each for each in (ADMINISTRATOR, who) if each],
        oneimage=[image],
        onetemplate=[described("onetemplate", 3, "gateway", owner="oneadmin", mode=template, TEMPLATE=content)],
        oneacl=acl,
        onevnet=[],
    )
    *others, report = converge(cloud_of(fake), KINDS, [*before, PLAIN], test=True)
    assert [each.error for each in others] == [""] * len(others)
    return report.error


def rule(user, resource, rights):
    return {"USER": f"{user:x}", "RESOURCE": f"{resource:x}", "RIGHTS": f"{rights:x}", "ZONE": "400000000"}


SHARED_IMAGE = described("oneimage", 4, "debian", owner="oneadmin", mode="644", STATE=1)
GROUP_IMAGE = {**IMAGE, "GID": 100, "GNAME": "eole"}
TEMPLATES, IMAGES, ALL, USE, CREATE = 0x20000000000, 0x8000000000, 0x400000000, 0x1, 0x8
USERS, BOB = 0x200000001, 0x100000003


def test_a_vm_of_what_its_owner_may_use():
    assert made(image=SHARED_IMAGE) == ""
    assert made(image=IMAGE) == "", "the group users may use it, and alice is in it"


def test_a_vm_of_what_its_owner_may_not_use():
    assert made(template="600") == (
        "template: template gateway of oneadmin (ID 3) is not shared with alice: its permissions are 600."
    )
    assert made(image=GROUP_IMAGE) == (
        "disk 0 of template gateway: image debian of oneadmin (ID 4) is not shared with alice: its permissions are 640."
    )
    theirs = described("oneuser", 2, "alice", GID=0, GNAME="oneadmin", GROUPS={"ID": [0]}, TEMPLATE=OURS)
    assert made(template="600", image=GROUP_IMAGE, who=theirs) == "", "an administrator may use everything"


def test_a_vm_of_what_its_owner_will_be_able_to_use():
    assert made(user(group="eole"), image=GROUP_IMAGE) == ""
    assert made(user(group="eole"), image=GROUP_IMAGE, who=None) == ""
    assert made(user(), who=None) == "", "a new user is in the group users"
    assert "is not shared" in made(user(), image=GROUP_IMAGE, who=None)


@pytest.mark.parametrize(
    ("given", "may"),
    [
        (rule(USERS, TEMPLATES | ALL, USE), True),
        (rule(ALL, TEMPLATES | IMAGES | ALL, USE), True),
        (rule(0x100000002, TEMPLATES | 0x100000003, USE), True),
        (rule(USERS, TEMPLATES | ALL, CREATE), False),
        (rule(USERS, IMAGES | ALL, USE), False),
        (rule(BOB, TEMPLATES | ALL, USE), False),
    ],
)
def test_a_rule_may_let_its_owner_use_it(given, may):
    assert (made(template="600", image=SHARED_IMAGE, rules=[given]) == "") is may
