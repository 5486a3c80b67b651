"""Publishing images and templates: names are exchanged, earlier versions are kept as long as necessary."""

import threading

import pytest

pytest_plugins = ["tests.functional.driver"]


@pytest.fixture(scope="module", autouse=True)
def alice(module_cloud):
    return module_cloud.call("one.user.allocate", "alice", "pw", "core", [])


def image(one, name, **more):
    """A build: an empty image that is READY."""
    one.converge("oneimage.present", name=name, datastore="default", type="DATABLOCK", size=16, **more)
    return one.show("oneimage", name, owner=more.get("owner"))["ID"]


def named(one, module, start, owner="oneadmin"):
    rows = one.run(f"{module}.list")
    return {row["name"]: row["id"] for row in rows if row["name"].startswith(start) and row["owner"] == owner}


def test_the_first_build_gets_the_name(one):
    number = image(one, "first-build", owner="alice", persistent=True)
    done = one.converge("oneimage.published", name="first", build="first-build", owner="alice", permissions="644")
    assert done.changes["name"] == {"old": "first-build", "new": "first"}
    assert "was published" in done.comment
    assert named(one, "oneimage", "first", "alice") == {"first": int(number)}
    shown = one.show("oneimage", "first", owner="alice")
    assert shown["PERSISTENT"] == "0"
    assert shown["PERMISSIONS"]["OTHER_U"] == "1"


def test_the_image_before_steps_aside_and_passes_its_permissions_on(one):
    numbers = []
    for _ in range(3):
        numbers.append(int(image(one, "next-build")))
        done = one.converge(
            "oneimage.published",
            name="next",
            build="next-build",
            **({"permissions": "640", "group": "users"} if len(numbers) == 1 else {}),
        )
    assert list(done.changes["previous"]) == ["old", "new"]
    found = named(one, "oneimage", "next")
    assert found["next"] == numbers[2]
    assert sorted(found.values()) == numbers
    shown = one.show("oneimage", "next")
    assert (shown["GNAME"], shown["PERMISSIONS"]["GROUP_U"]) == ("users", "1")
    kept = one.converge("oneimage.published", name="next", build="next-build", keep=1)
    assert list(kept.changes) == ["removed"]
    assert sorted(named(one, "oneimage", "next").values()) == numbers[1:]


@pytest.mark.parametrize("owner", ["IMAGE_UNAME", "IMAGE_UID"])
def test_an_earlier_image_stays_while_somebodys_template_names_its_owner(one, alice, owner):
    for _ in range(2):
        image(one, f"{owner}-build")
        one.converge("oneimage.published", name=owner, build=f"{owner}-build")
    earlier = next(name for name in named(one, "oneimage", owner) if name != owner)
    whose = {"IMAGE_UNAME": "oneadmin", "IMAGE_UID": "0"}[owner]
    number = one.cloud.call("one.template.allocate", f'NAME={owner}\nDISK=[IMAGE="{earlier}",{owner}="{whose}"]')
    one.cloud.call("one.template.chown", number, alice, -1)
    one.settled("oneimage.published", name=owner, build=f"{owner}-build", keep=0)
    one.cloud.call("one.template.delete", number, False)
    one.converge("oneimage.published", name=owner, build=f"{owner}-build", keep=0)


def test_an_earlier_image_stays_while_a_template_names_it(one):
    numbers = []
    for _ in range(2):
        numbers.append(int(image(one, "named-build")))
        one.converge("oneimage.published", name="named", build="named-build")
    one.cloud.call("one.template.allocate", f'NAME=user\nDISK=[IMAGE_ID="{numbers[0]}"]')
    one.settled("oneimage.published", name="named", build="named-build", keep=0)
    one.run("onetemplate.delete", "user")
    one.converge("oneimage.published", name="named", build="named-build", keep=0)
    assert named(one, "oneimage", "named") == {"named": numbers[1]}


def test_an_earlier_image_of_somebody_else_is_not_removed(one):
    one.cloud.call("one.image.allocate", "NAME=foreign\nTYPE=DATABLOCK\nSIZE=16", 1)
    one.wait("oneimage", 1, "foreign")
    image(one, "foreign-build")
    published = {"name": "foreign", "build": "foreign-build"}
    assert "set adopt: true" in one.refused("oneimage.published", keep=0, **published)
    one.converge("oneimage.published", keep=0, adopt=True, **published)
    assert len(named(one, "oneimage", "foreign")) == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({}, "must be given, as the name of the image or template to publish"),
        ({"build": "wrong"}, "name and build are the same"),
        ({"build": "nowhere"}, "build: image nowhere of oneadmin does not exist"),
        ({"build": "nowhere", "keep": -1}, "keep"),
        ({"build": "nowhere", "kep": 1}, "does not exist"),
    ],
)
def test_what_cannot_be_published_is_refused(one, arguments, told):
    assert told in one.refused("oneimage.published", name="wrong", **arguments)


def test_a_lost_build_is_no_reason_to_change_what_is_published(one):
    image(one, "kept-build")
    one.converge("oneimage.published", name="kept", build="kept-build")
    assert "was not published from it" in one.refused("oneimage.published", name="kept", build="other-build")


def template(one, name, memory, **more):
    one.converge("onetemplate.present", name=name, cpu=1, memory=memory, **more)
    return int(one.show("onetemplate", name, owner=more.get("owner"))["ID"])


def test_a_template_keeps_its_id_and_takes_the_content_over(one):
    number = template(one, "daily-build", 128, owner="alice", attributes={"only_first": "1"})
    published = {"name": "daily", "build": "daily-build", "owner": "alice"}
    one.converge("onetemplate.published", permissions="644", **published)
    template(one, "daily-build", 256, owner="alice", context={"X": "1"})
    calls = one.cloud.counters()["one.template.update"]
    done = one.converge("onetemplate.published", attributes={"labels": "daily"}, **published)
    assert done.changes["MEMORY"] == {"old": "128", "new": "256"}
    assert done.changes["ONLY_FIRST"] == {"old": "1", "new": None}
    assert one.cloud.counters()["one.template.update"] == calls + 2, "one says what the copy is, and one switches"
    found = named(one, "onetemplate", "daily", "alice")
    assert found.pop("daily") == number
    (aside,) = found
    shown = one.show("onetemplate", "daily", owner="alice")
    assert (shown["TEMPLATE"]["MEMORY"], shown["TEMPLATE"]["LABELS"]) == ("256", "daily")
    assert shown["PERMISSIONS"]["OTHER_U"] == "1"
    before = one.show("onetemplate", aside, owner="alice")
    assert (before["TEMPLATE"]["MEMORY"], before["PERMISSIONS"]["OTHER_U"]) == ("128", "1")
    one.converge("onetemplate.published", keep=0, **published)
    assert list(named(one, "onetemplate", "daily", "alice")) == ["daily"]


def test_versions_of_one_second_are_told_apart(one):
    for memory in (128, 256, 512, 1024):
        template(one, "fast-build", memory)
        one.converge("onetemplate.published", name="fast", build="fast-build", keep=2)
    assert len(named(one, "onetemplate", "fast")) == 3


def test_a_template_that_nothing_keeps_is_not_copied(one):
    for memory in (128, 256):
        template(one, "bare-build", memory)
        one.converge("onetemplate.published", name="bare", build="bare-build", keep=0)
    assert list(named(one, "onetemplate", "bare")) == ["bare"]


def test_an_earlier_template_of_somebody_else_is_not_removed(one):
    """The template keeps its ID; the copy that keeps what it was is told apart for good."""
    number = one.cloud.call("one.template.allocate", 'NAME=theirs\nCPU="1"\nMEMORY="64"')
    published = {"name": "theirs", "build": "theirs-build", "keep": 0}
    template(one, "theirs-build", 128)
    assert "set adopt: true" in one.refused("onetemplate.published", **published)
    one.converge("onetemplate.published", adopt=True, **published)
    for memory in (256, 512):
        template(one, "theirs-build", memory)
        one.converge("onetemplate.published", **published)
    found = named(one, "onetemplate", "theirs")
    assert found.pop("theirs") == number
    (copy,) = found
    assert one.show("onetemplate", copy)["TEMPLATE"]["MEMORY"] == "64"
    assert "was not created by these states" in one.refused("onetemplate.absent", name=copy)
    one.converge("onetemplate.absent", name="theirs")


def test_a_vm_is_made_over_the_gap_between_two_names(one):
    number = int(image(one, "gap-build"))
    one.converge("oneimage.published", name="gap", build="gap-build")
    template(one, "gapped", 64, disks=[{"image": "gap", "owner": "oneadmin"}])
    one.cloud.call("one.image.rename", number, "gap-20260101-000000")
    back = threading.Timer(0.5, one.cloud.call, ["one.image.rename", number, "gap"])
    back.start()
    made = one.state("onevm.present", name="over-the-gap", template="gapped")
    back.join()
    assert made.result, made.comment
    one.run("onevm.terminate", "over-the-gap", hard=True)
