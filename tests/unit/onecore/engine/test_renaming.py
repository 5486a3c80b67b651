"""Renaming: the object stays, its name changes, and a second run changes nothing."""

import pytest

from onecore.basics.errors import InternalError
from onecore.basics.plan import Desired
from onecore.basics.syntax import parse
from onecore.engine.converge import converge
from onecore.engine.renaming import rename
from tests.doubles.fake_cloud import KINDS, FakeCloud, cloud_of, described

IMAGE = KINDS["oneimage"]


def setup(*images, **answers):
    pool = [described("oneimage", number, name, owner=owner, STATE=1) for number, name, owner in images]
    users = [described("oneuser", number, name) for number, name in ((0, "oneadmin"), (2, "alice"))]
    fake = FakeCloud(answers, oneuser=users, oneimage=pool)
    fake.answers.setdefault(
        "one.image.rename", lambda number, name: fake.objects["oneimage"][number].update(NAME=name) or number
    )
    return fake, cloud_of(fake)


def test_it_gets_its_name():
    fake, cloud = setup((1, "debian", "oneadmin"), (2, "debian", "alice"))
    report = rename(cloud, IMAGE, "debian", "debian-12")
    assert report.as_state("debian-12", False) == {
        "name": "debian-12",
        "result": True,
        "changes": {"name": {"old": "debian", "new": "debian-12"}},
        "comment": "Image debian-12 of oneadmin was changed (ID 1): name.",
    }
    assert fake.writes == [("one.image.rename", 1, "debian-12")]
    assert cloud.find(IMAGE, "debian-12", "oneadmin").id == 1
    assert cloud.find(IMAGE, "debian", "alice").id == 2
    again = rename(cloud, IMAGE, "debian", "debian-12")
    assert (again.result(False), again.changes(False), len(fake.writes)) == (True, {}, 1)


def test_of_somebody_else():
    fake, cloud = setup((1, "debian", "oneadmin"), (2, "debian", "alice"))
    assert rename(cloud, IMAGE, "debian", "debian-12", "alice").error == ""
    assert fake.writes == [("one.image.rename", 2, "debian-12")]


@pytest.mark.parametrize("test", [True, False])
@pytest.mark.parametrize(
    ("source", "name", "owner", "said"),
    [
        ("a", "b", None, "both a (ID 1) and b (ID 2) exist; remove or rename one"),
        ("x", "y", None, "neither image x of oneadmin nor one named y exists"),
        (None, "b", None, "name of an image must be a text"),
        ("a", "b/c", None, "does not allow '/'"),
        ("a", "b", ["alice"], "name of a user must be a text"),
    ],
)
def test_refused(source, name, owner, said, test):
    fake, cloud = setup((1, "a", "oneadmin"), (2, "b", "oneadmin"))
    report = rename(cloud, IMAGE, source, name, owner, test)
    assert said in report.comment(test)
    assert report.result(test) is False and fake.writes == []


def test_refused_by_opennebula():
    _, cloud = setup((1, "a", "oneadmin"), **{"one.image.rename": InternalError("NAME is already taken.")})
    report = rename(cloud, IMAGE, "a", "c")
    assert report.comment(False) == "Image c of oneadmin: NAME is already taken."
    assert report.changes(False) == {}


def test_what_follows_in_a_dry_run_finds_it_under_its_new_name():
    fake, cloud = setup((1, "debian", "oneadmin"))
    fake.objects["oneimage"][1]["TEMPLATE"] = {"SALT_MANAGED": "sls/oneadmin/oneimage/debian"}
    report = rename(cloud, IMAGE, "debian", "debian-12", test=True)
    assert (report.result(True), report.changes(True)) == (None, {"name": {"old": "debian", "new": "debian-12"}})
    wanted = [Desired("oneimage", name, managed="sls/oneadmin") for name in ("debian-12", "debian")]
    new, old = converge(cloud, KINDS, wanted, test=True)
    assert (new.action, new.error, fake.writes) == ("none", "", [])
    assert "To create it" in old.error


def test_what_somebody_else_made_stays_so_in_a_dry_run():
    _, cloud = setup((1, "debian", "oneadmin"))
    rename(cloud, IMAGE, "debian", "debian-12", test=True)
    (report,) = converge(cloud, KINDS, [Desired("oneimage", "debian-12", managed="sls/oneadmin")], test=True)
    assert "was not created by these states" in report.error


class Died(Exception):
    """The end of a run in the middle."""


def marked_one(name="debian", **answers):
    def update(number, template, how):
        fake.objects["oneimage"][number]["TEMPLATE"] |= parse(template)
        return number

    fake, cloud = setup((1, name, "oneadmin"), **{"one.image.update": update, **answers})
    fake.objects["oneimage"][1]["TEMPLATE"] = {"SALT_MANAGED": f"sls/oneadmin/oneimage/{name}"}
    return fake, cloud


def test_its_mark_names_it_whenever_a_run_dies():
    def die(number, name):
        raise Died

    fake, cloud = marked_one(**{"one.image.rename": die})
    with pytest.raises(Died):
        rename(cloud, IMAGE, "debian", "debian-12")
    assert cloud_of(fake).find(IMAGE, "debian", "oneadmin").managed == "sls/oneadmin"
    fake.answers["one.image.rename"] = lambda number, name: fake.objects["oneimage"][number].update(NAME=name)
    assert rename(cloud_of(fake), IMAGE, "debian", "debian-12").error == ""
    assert cloud_of(fake).find(IMAGE, "debian-12", "oneadmin").managed == "sls/oneadmin"


def test_a_copy_of_what_was_renamed_is_not_ours_under_the_old_name():
    fake, cloud = marked_one()
    assert rename(cloud, IMAGE, "debian", "debian-12").error == ""
    copy = {**fake.objects["oneimage"][1], "ID": 5, "NAME": "debian"}
    fake.objects["oneimage"][5] = copy
    assert cloud_of(fake).find(IMAGE, "debian", "oneadmin").mark is None
