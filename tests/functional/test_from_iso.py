"""VMs that install themselves from a CD-ROM image."""

import pytest

from onecore.cloud.campaign import alone
from onecore.engine.report import Report
from onecore.kinds.image import IMAGE
from onecore.kinds.vm.kind import VM
from onecore.publishing.installing import Installation, install
from tests.doubles.dying import deaths

from .guests import guests

pytest_plugins = ["tests.functional.driver"]

WANTED = {"iso": "iso", "template": "installer", "datastore": "default", "size": 8}


@pytest.fixture
def media(one):
    """The CD-ROM image, and the template of the machine."""
    if not any(row["name"] == "iso" for row in one.run("oneimage.list")):
        one.converge("oneimage.present", name="iso", datastore="default", type="DATABLOCK", size=8, permissions="644")
        one.run("oneimage.chtype", "iso", "CDROM")
        one.converge("onetemplate.present", name="installer", cpu=1, memory=64, permissions="644")
        one.cloud.call("one.user.allocate", "alice", "pw", "core", [])
    return one


@pytest.mark.parametrize("end", ["poweroff", "ready"])
def test_a_guest_that_is_done_leaves_an_image(media, end):
    done = {**WANTED, "name": f"done-{end}", "owner": "alice", "permissions": "640"}
    with guests(media.cloud, lambda name: end):
        media.converge("oneimage.from_iso", **done)
    image = media.show("oneimage", f"done-{end}", owner="alice")
    assert (image["STATE"], image["PERSISTENT"], image["TYPE"]) == ("1", "0", "0")
    assert image["TEMPLATE"]["SALT_INSTALLED"] == "iso"
    assert "SALT_INSTALLING" not in image["TEMPLATE"]
    assert not media.run("onevm.list")
    media.converge("oneimage.published", name=f"public-{end}", build=f"done-{end}", owner="alice")
    media.settled("oneimage.from_iso", **done)


def test_a_guest_that_is_late_is_waited_for_again(media):
    late = {**WANTED, "name": "late"}
    result = media.state("oneimage.from_iso", timeout=2, **late)
    assert result.result is False
    assert "waited 2 s for the guest to power itself off or to report READY" in result.comment
    assert "the last state seen was RUNNING" in result.comment
    with guests(media.cloud, lambda name: "ready"):
        assert media.state("oneimage.from_iso", **late).result
    media.settled("oneimage.from_iso", **late)


def test_a_vm_that_was_removed_begins_anew(media):
    media.state("oneimage.from_iso", timeout=1, name="anew", **WANTED)
    begun = media.show("oneimage", "anew")["ID"]
    media.run("onevm.terminate", "install-anew", hard=True)
    media.wait("oneimage", 1, "anew")
    with guests(media.cloud, lambda name: "poweroff"):
        media.converge("oneimage.from_iso", name="anew", **WANTED)
    assert media.show("oneimage", "anew")["ID"] != begun


def test_what_cannot_be_installed_is_refused(media):
    assert "so and template must be given" in media.refused("oneimage.from_iso", name="x", datastore="default", size=8)
    assert "image nothing of oneadmin does not exist" in media.refused(
        "oneimage.from_iso", **{**WANTED, "name": "x", "iso": "nothing"}
    )
    media.converge("oneimage.present", name="other", datastore="default", type="DATABLOCK", size=8)
    assert "was not installed from iso" in media.refused("oneimage.from_iso", **{**WANTED, "name": "other"})


def test_a_run_that_died_is_completed(media, connection):
    settings = connection(media.cloud)

    def run(cloud, number):
        wanted = Installation(
            f"died{number}", "alice", iso_owner="oneadmin", template_owner="oneadmin", mark="sls/alice", **WANTED
        )
        alone(cloud, install(cloud, wanted, Report(IMAGE, wanted.name, "alice")))

    def check(cloud, number):
        images = [each for each in cloud.pool(IMAGE) if each.name.endswith(f"died{number}")]
        assert [(each.owner, each.text("PERSISTENT"), each.state) for each in images] == [("alice", "0", 1)]
        assert images[0].attributes["SALT_INSTALLED"] == "iso"
        assert not list(cloud.pool(VM))

    with guests(media.cloud, lambda name: "poweroff"):
        assert deaths(settings, run, check) > 10
