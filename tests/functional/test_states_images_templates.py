"""Images and VM templates: declared, changed field by field, renamed, removed, refused."""

import pytest

pytest_plugins = ["tests.functional.driver"]

EMPTY = {"datastore": "default", "type": "DATABLOCK", "size": 64}
READY, DISABLED, FAILED = 1, 3, 5


@pytest.fixture(scope="module", autouse=True)
def users(module_cloud):
    """alice and bob, of group eole."""
    group = module_cloud.call("one.group.allocate", "eole")
    return [module_cloud.call("one.user.allocate", name, "pw", "core", [group]) for name in ("alice", "bob")]


# -- images ------------------------------------------------------------------------------------------------------


def test_an_image_is_registered_for_its_owner(one):
    made = one.converge(
        "oneimage.present",
        name="debian",
        owner="alice",
        datastore="default",
        type="OS",
        path="/etc/hostname",
        persistent=True,
        description="the base",
        dev_prefix="vd",
        group="eole",
        permissions="640",
        attributes={"version": 12},
    )
    assert "was created (ID" in made.comment
    image = one.show("oneimage", "debian", owner="alice")
    assert (image["UNAME"], image["GNAME"], image["STATE"], image["TYPE"]) == ("alice", "eole", str(READY), "0")
    assert (image["PERSISTENT"], image["DATASTORE"], image["PATH"]) == ("1", "default", "/etc/hostname")
    assert image["TEMPLATE"]["VERSION"] == "12"
    assert image["TEMPLATE"]["SALT_MANAGED"] == "sls/alice/oneimage/debian"


def test_an_empty_image_is_made(one):
    one.converge("oneimage.present", name="empty", format="qcow2", **{**EMPTY, "size": "1G"})
    image = one.show("oneimage", "empty")
    assert (image["SIZE"], image["TYPE"], image["STATE"]) == ("1024", "2", str(READY))


CHANGES = {
    "type": ("OS", "type", {"old": "DATABLOCK", "new": "OS"}),
    "persistent": (True, "persistent", {"old": False, "new": True}),
    "description": ("new", "description", {"old": None, "new": "new"}),
    "dev_prefix": ("sd", "dev_prefix", {"old": "vd", "new": "sd"}),
    "group": ("users", "group", {"old": "eole", "new": "users"}),
    "permissions": ("644", "permissions", {"old": "600", "new": "644"}),
    "attributes": ({"note": "x"}, "NOTE", {"old": None, "new": "x"}),
}


@pytest.mark.parametrize("field", CHANGES)
def test_one_field_of_an_image_changes_and_nothing_else(one, field):
    declared = {**EMPTY, "dev_prefix": "vd", "group": "eole"}
    one.converge("oneimage.present", name=f"of-{field}", owner="alice", permissions="600", **declared)
    value, path, change = CHANGES[field]
    calls = one.writes()
    changed = one.converge("oneimage.present", name=f"of-{field}", owner="alice", **{field: value})
    assert changed.changes == {path: change}
    assert one.writes() == calls + 1
    rest = {name: each for name, each in declared.items() if name != field}
    one.settled("oneimage.present", name=f"of-{field}", owner="alice", **rest)


@pytest.mark.parametrize(
    ("field", "value"), [("datastore", "files"), ("size", 128), ("path", "/etc/hosts"), ("datastore", "nowhere")]
)
def test_what_cannot_change_is_refused(one, field, value):
    one.state("oneimage.present", name="fixed", **EMPTY)
    sentence = one.refused("oneimage.present", name="fixed", **{field: value})
    assert "cannot be changed" in sentence or "does not exist" in sentence


def test_an_image_that_opennebula_cannot_make_is_told(one):
    made = one.state("oneimage.present", name="unmade", datastore="default", type="DATABLOCK", size="900T")
    assert made.result is False
    assert "Not enough space in datastore" in made.comment


@pytest.mark.parametrize(
    ("datastore", "kind", "told"),
    [
        ("system", "OS", "is for the disks of VMs, not for an image of type OS; use a datastore for images"),
        ("files", "OS", "files is for files, not for an image of type OS"),
        ("default", "KERNEL", "is for images, not for an image of type KERNEL; use a datastore for files"),
        ("default", "BACKUP", "use a datastore for backups"),
    ],
)
def test_an_image_belongs_in_a_datastore_of_its_sort(one, datastore, kind, told):
    sentence = one.refused("oneimage.present", name="x", datastore=datastore, type=kind, path="/etc/hostname")
    assert told in sentence


def test_a_disabled_image_is_no_failure(one):
    one.converge("oneimage.present", name="disabled", **EMPTY)
    one.run("oneimage.disable", "disabled")
    one.settled("oneimage.present", name="disabled", **EMPTY)
    one.converge("oneimage.absent", name="disabled")


def test_an_image_is_renamed_and_stays_the_same(one):
    one.converge("oneimage.present", name="before", owner="bob", **EMPTY)
    number = one.show("oneimage", "before", owner="bob")["ID"]
    one.converge("oneimage.renamed", name="after", source="before", owner="bob")
    assert one.show("oneimage", "after", owner="bob")["ID"] == number
    one.settled("oneimage.present", name="after", owner="bob", **EMPTY)


def test_an_image_is_removed_when_it_is_ours(one):
    one.converge("oneimage.present", name="going", owner="bob", **EMPTY)
    one.converge("oneimage.absent", name="going", owner="bob")
    one.settled("oneimage.absent", name="going", owner="bob")
    one.run("oneimage.create", "by-hand", {"TYPE": "DATABLOCK", "SIZE": 5}, "default")
    one.wait("oneimage", READY, "by-hand")
    assert "carries no SALT_MANAGED" in one.refused("oneimage.absent", name="by-hand")
    one.converge("oneimage.absent", name="by-hand", unmanaged=True)


BAD_IMAGES = {
    "datastore": ["default"],
    "type": "FLOPPY",
    "path": ["a"],
    "size": "big",
    "format": {},
    "persistent": "perhaps",
    "description": ["x"],
    "dev_prefix": [],
    "group": 5,
    "permissions": "rw-r-----",
    "attributes": [],
    "timeout": -1,
}


@pytest.mark.parametrize("field", BAD_IMAGES)
def test_a_bad_value_of_an_image_is_refused_by_name(one, field):
    sentence = one.refused("oneimage.present", name="bad", **{**EMPTY, field: BAD_IMAGES[field]})
    assert field in sentence.lower()


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ({"datastore": None}, "datastore must be given"),
        ({"size": None}, "path (of the data) or size (of an empty image) must be given"),
        ({"datastore": "nowhere"}, "datastore nowhere does not exist"),
        ({"sise": 5}, "did you mean 'size'?"),
        ({"attributes": {"path": "/x"}}, "use path instead"),
    ],
)
def test_a_wrong_image_is_refused_in_a_sentence(one, declared, told):
    assert told in one.refused("oneimage.present", name="bad", **{**EMPTY, **declared})


# -- templates ---------------------------------------------------------------------------------------------------

GATEWAY = {
    "cpu": 0.5,
    "vcpu": 1,
    "memory": "512M",
    "disks": [{"image": "root", "owner": "oneadmin", "size": "2G"}],
    "nics": [{"network": "EOLE", "owner": "oneadmin", "shared": True}, {"network": "academie"}],
    "context": {"network": "YES", "start_script": 'echo "hi"\necho é\\'},
    "graphics": {"type": "VNC", "listen": "0.0.0.0"},
    "description": "a gateway",
}


@pytest.fixture
def parts(one):
    """The image and the network that the template names with their owner."""
    one.state("oneimage.present", name="root", **EMPTY)
    one.state("onevnet.present", name="EOLE", driver="dummy", bridge="b")


def test_a_template_is_created(one, parts):
    one.converge("onetemplate.present", name="gateway", owner="alice", group="eole", permissions="644", **GATEWAY)
    template = one.show("onetemplate", "gateway", owner="alice")
    assert (template["UNAME"], template["GNAME"]) == ("alice", "eole")
    held = template["TEMPLATE"]
    assert (held["CPU"], held["MEMORY"], held["SALT_MANAGED"]) == ("0.5", "512", "sls/alice/onetemplate/gateway")
    assert held["DISK"] == {"IMAGE": "root", "IMAGE_UNAME": "oneadmin", "SIZE": "2048"}
    assert held["NIC"] == [{"NETWORK": "EOLE", "NETWORK_UNAME": "oneadmin"}, {"NETWORK": "academie"}]
    assert held["CONTEXT"]["START_SCRIPT"] == GATEWAY["context"]["start_script"]


TEMPLATE_CHANGES = {
    "cpu": (2, "cpu", {"old": "0.5", "new": "2"}),
    "vcpu": (4, "vcpu", {"old": 1, "new": 4}),
    "memory": ("1G", "memory", {"old": 512, "new": 1024}),
    "disks": ([], "disks", None),
    "nics": ([{"network": "academie"}], "nics", None),
    "context": ({"network": "NO"}, "context", None),
    "graphics": ({"type": "SPICE"}, "graphics", None),
    "description": ("another", "description", {"old": "a gateway", "new": "another"}),
    "group": ("users", "group", {"old": "eole", "new": "users"}),
    "permissions": ("600", "permissions", {"old": "644", "new": "600"}),
    "attributes": ({"note": "x"}, "NOTE", {"old": None, "new": "x"}),
}


@pytest.mark.parametrize("field", TEMPLATE_CHANGES)
def test_one_field_of_a_template_changes_and_nothing_else(one, parts, field):
    declared = {**GATEWAY, "group": "eole", "permissions": "644"}
    one.converge("onetemplate.present", name=f"of-{field}", owner="alice", **declared)
    value, path, change = TEMPLATE_CHANGES[field]
    calls = one.writes()
    changed = one.converge("onetemplate.present", name=f"of-{field}", owner="alice", **{field: value})
    assert list(changed.changes) == [path]
    if change:
        assert changed.changes[path] == change
    assert one.writes() == calls + 1
    rest = {name: each for name, each in declared.items() if name != field}
    one.settled("onetemplate.present", name=f"of-{field}", owner="alice", **rest)


def test_a_template_is_renamed_and_removed(one):
    one.converge("onetemplate.present", name="before", memory=128)
    number = one.show("onetemplate", "before")["ID"]
    one.converge("onetemplate.renamed", name="after", source="before")
    assert one.show("onetemplate", "after")["ID"] == number
    one.converge("onetemplate.absent", name="after")
    one.run("onetemplate.create", "by-hand", "MEMORY=128")
    assert "carries no SALT_MANAGED" in one.refused("onetemplate.absent", name="by-hand")


BAD_TEMPLATES = {
    "cpu": "half",
    "vcpu": 0.5,
    "memory": "lots",
    "disks": {"image": "x"},
    "nics": "academie",
    "context": ["a"],
    "graphics": 5,
    "description": [],
    "group": [],
    "permissions": 7777,
    "attributes": 5,
}


@pytest.mark.parametrize("field", BAD_TEMPLATES)
def test_a_bad_value_of_a_template_is_refused_by_name(one, field):
    assert field in one.refused("onetemplate.present", name="bad", **{field: BAD_TEMPLATES[field]})


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ({"nics": [{"network": "lan", "owner": "alice"}]}, "set shared: true"),
        ({"nics": [{"network_id": 5}]}, "set shared: true"),
        ({"nics": [{"network": "nowhere", "owner": "alice", "shared": True}]}, "nowhere of alice does not exist"),
        ({"disks": [{"image": "none", "owner": "alice"}]}, "image none of alice does not exist"),
        ({"disks": [{"image": "none", "size": "wide"}]}, "disks[0].size"),
        ({"context": {"a": ["b"]}}, "CONTEXT/A is a list"),
        ({"memroy": 5}, "did you mean 'memory'?"),
        ({"timeout": 5}, "Unknown argument timeout"),
    ],
)
def test_a_wrong_template_is_refused_in_a_sentence(one, declared, told):
    assert told in one.refused("onetemplate.present", name="bad", **declared)
