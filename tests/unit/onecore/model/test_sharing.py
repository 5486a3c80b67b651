"""Who may use whose object, in a dry run too: as it will be once what was announced is done."""

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
TEMPLATE = described("onetemplate", 3, "gateway", owner="oneadmin", TEMPLATE={"CPU": "1", "MEMORY": "64", **OURS})

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
        values = {"cpu": 1, "memory": 64, "nics": list(nics)}
        template = Desired("onetemplate", "gateway", "oneadmin", values, "shared/oneadmin")
        reports = converge(cloud_of(FakeCloud(**pools)), KINDS, [template, plain], test=True)
        assert reports[0].error == ""
        return reports[1].error

    assert told({"network": "dmz1"}) == told() == ""
    assert "its permissions are 600" in told({"network": "dmz1"}, UPLINK)
