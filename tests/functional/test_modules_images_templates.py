"""The commands of ``oneimage`` and ``onetemplate``."""

import pytest

pytest_plugins = ["tests.functional.driver"]

READY, DISABLED = 1, 3


@pytest.fixture(scope="module", autouse=True)
def users(module_cloud):
    """alice and bob, of group eole."""
    group = module_cloud.call("one.group.allocate", "eole")
    return [module_cloud.call("one.user.allocate", name, "pw", "core", [group]) for name in ("alice", "bob")]


@pytest.fixture
def image(one, request):
    """The name of a new image of oneadmin."""
    name = f"i-{request.node.name}"
    one.run("oneimage.create", name, {"TYPE": "DATABLOCK", "SIZE": 10}, "default")
    one.wait("oneimage", READY, name)
    return name


@pytest.fixture
def template(one, image, request):
    """The name of a new VM template of oneadmin, with that image."""
    name = f"t-{request.node.name}"
    one.run(
        "onetemplate.create", name, {"CPU": 1, "MEMORY": 128, "DISK": {"IMAGE": image}, "NIC": [{"NETWORK": "lan"}]}
    )
    return name


def test_lists(one, image, template):
    (row,) = [row for row in one.run("oneimage.list") if row["name"] == image]
    expected = {"name": image, "owner": "oneadmin", "group": "oneadmin", "state": "READY", "managed": None}
    assert {key: row[key] for key in expected} == expected
    (row,) = [row for row in one.run("onetemplate.list", owner="oneadmin") if row["name"] == template]
    assert "state" not in row


def test_an_image_is_registered_from_text_or_mapping(one):
    number = one.run("oneimage.create", "as-text", 'TYPE="OS"\nPATH="/etc/hostname"', "default")
    assert one.wait("oneimage", READY, number)["PATH"] == "/etc/hostname"
    assert "datastore nowhere does not exist" in one.refusal("oneimage.create", "x", {}, "nowhere").lower()
    assert "missing SIZE" in one.refusal("oneimage.create", "x", {"TYPE": "OS"}, "default")


def test_an_image_is_cloned_and_deleted(one, image):
    number = one.run("oneimage.clone", image, f"{image}-copy")
    assert one.wait("oneimage", READY, number)["NAME"] == f"{image}-copy"
    one.wait("oneimage", READY, image)
    one.run("oneimage.delete", image)
    one.gone("oneimage", image)
    one.run("oneimage.delete", number, force=True)
    one.gone("oneimage", f"{image}-copy")


def test_flags_of_an_image(one, image):
    one.run("oneimage.persistent", image)
    assert one.show("oneimage", image)["PERSISTENT"] == "1"
    one.run("oneimage.nonpersistent", image)
    assert one.show("oneimage", image)["PERSISTENT"] == "0"
    one.run("oneimage.disable", image)
    assert one.show("oneimage", image)["STATE"] == str(DISABLED)
    one.run("oneimage.enable", image)
    assert one.show("oneimage", image)["STATE"] == str(READY)
    one.run("oneimage.chtype", image, "OS")
    assert one.show("oneimage", image)["TYPE"] == "0"
    for verb in ("delete", "revert", "flatten"):
        assert one.refusal(f"oneimage.snapshot_{verb}", image, 0)


@pytest.mark.parametrize("cli", ["oneimage", "onetemplate"])
def test_what_both_have(one, image, template, cli):
    name = image if cli == "oneimage" else template
    one.run(f"{cli}.update", name, {"NOTE": 'a "b" [c]\nd'})
    assert one.show(cli, name)["TEMPLATE"]["NOTE"] == 'a "b" [c]\nd'
    one.run(f"{cli}.update", name, 'OTHER="x"', append=False)
    assert "NOTE" not in one.show(cli, name)["TEMPLATE"]
    one.run(f"{cli}.chmod", name, "640")
    one.run(f"{cli}.chgrp", name, "users")
    shown = one.show(cli, name)
    assert (shown["PERMISSIONS"]["GROUP_U"], shown["GNAME"]) == ("1", "users")
    one.run(f"{cli}.lock", name, level="admin")
    assert one.show(cli, name)["LOCK"]["LOCKED"] == "3"
    one.run(f"{cli}.unlock", name)
    one.run(f"{cli}.chown", name, "alice", "eole")
    one.run(f"{cli}.rename", name, f"{name}-2", owner="alice")
    shown = one.show(cli, f"{name}-2", owner="alice")
    assert (shown["UNAME"], shown["GNAME"]) == ("alice", "eole")
    assert "does not exist" in one.refusal(f"{cli}.show", name)


def test_a_template_is_cloned_and_deleted_with_its_images(one, image, template):
    number = one.run("onetemplate.clone", template, f"{template}-copy", recursive=True)
    disk = one.show("onetemplate", number)["TEMPLATE"]["DISK"]
    copied = one.wait("oneimage", READY, int(disk["IMAGE_ID"]))
    assert copied["NAME"] == f"{template}-copy-disk-0"
    one.run("onetemplate.delete", number, recursive=True)
    one.gone("oneimage", copied["NAME"])
    one.run("onetemplate.delete", template)
    assert one.show("oneimage", image)
    assert "does not exist" in one.refusal("onetemplate.show", template)


def test_permissions_of_a_template_can_reach_its_images(one, image, template):
    one.run("onetemplate.chmod", template, "644", recursive=True)
    assert one.show("oneimage", image)["PERMISSIONS"]["OTHER_U"] == "1"


def test_a_template_needs_a_name_that_is_free(one, template):
    assert "NAME is already taken" in one.refusal("onetemplate.create", template, {})
    assert "given twice" in one.refusal("onetemplate.create", "twice", {"cpu": 1, "CPU": 2})
