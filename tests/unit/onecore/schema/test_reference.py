"""The reference of the pillar documents every key, and every argument of the states has a key."""

import subprocess
import sys

import pytest
import yaml

from onecore.kinds.registry import KINDS
from onecore.model.nodes import Each, Either, Keys, Many
from onecore.pillar.counted import COUNT
from onecore.pillar.gateways import NOT_OF_THE_VM
from onecore.pillar.labs import OF_THE_LAB
from onecore.pillar.layers import LEAVES
from onecore.pillar.networks import SHORTHANDS
from onecore.schema.labs import LAB_VM
from onecore.schema.objects import (
    GATEWAY_VM,
    SHARED_CLUSTER,
    SHARED_DATASTORE,
    SHARED_GROUP,
    SHARED_HOST,
    SHARED_IMAGE,
    SHARED_NETWORK,
    SHARED_NETWORK_TEMPLATE,
    SHARED_SECURITY_GROUP,
    SHARED_TEMPLATE,
    SHARED_VDC,
    SHARED_VM_GROUP,
    USER_NETWORK,
    USER_SECURITY_GROUP,
    USER_VM_GROUP,
)
from onecore.schema.pillar import PILLAR, REMOVAL, USER
from onecore.schema.walk import Walk
from tests.conftest import REPOSITORY

PAGES = sorted((REPOSITORY / "docs" / "pillar").glob("*.md"))


def fields(node, path="opennebula"):
    """Every key of the schema: its path and its field."""
    if isinstance(node, Keys):
        for key, field in node.fields.items():
            yield f"{path}.{key}", field
            yield from fields(field.node, f"{path}.{key}")
    elif isinstance(node, Each | Many):
        yield from fields(node.item, f"{path}.*")
    elif isinstance(node, Either):
        for each in node.nodes:
            yield from fields(each, path)


EVERY = list(fields(PILLAR))


def test_pages_are_up_to_date():
    check = subprocess.run([sys.executable, REPOSITORY / "tools" / "pillar.py", "--check"], check=False)
    assert check.returncode == 0, "run: make docs"


def test_every_key_has_its_row():
    lines = [line for page in PAGES for line in page.read_text(encoding="utf-8").splitlines()]
    rows = [line.split(" | ") for line in lines if line.startswith("| `") and line.count(" | ") == 5]
    assert {path.rpartition(".")[2] for path, _ in EVERY} == {row[0].strip("|` ") for row in rows}
    for row in rows:
        assert all(cell.strip(" |") for cell in row), row


def test_every_section_has_an_example():
    for page in PAGES:
        head = page.read_text(encoding="utf-8").partition("<!--")[0]
        assert "```yaml\nopennebula:\n" in head, page.name


@pytest.mark.parametrize(("path", "field"), EVERY, ids=[path for path, _ in EVERY])
def test_example_is_sound(path, field):
    assert field.doc.endswith(".")
    walk = Walk()
    walk.sound(field.node, yaml.safe_load(field.example), path)
    assert walk.faults == set()


@pytest.mark.parametrize(
    ("cli", "keys", "missing", "more"),
    [
        # What is in a cluster says so itself: of two places that say it, one would be wrong.
        ("onecluster", SHARED_CLUSTER, {"hosts", "datastores", "networks"}, set(LEAVES)),
        ("onehost", SHARED_HOST, set(), set(LEAVES)),
        ("onedatastore", SHARED_DATASTORE, set(), set(LEAVES)),
        ("onevdc", SHARED_VDC, set(), set(LEAVES)),
        ("onegroup", SHARED_GROUP, set(), {"vdc", *LEAVES}),
        ("oneimage", SHARED_IMAGE, set(), set(LEAVES)),
        ("onetemplate", SHARED_TEMPLATE, set(), set(LEAVES)),
        ("onevnet", SHARED_NETWORK, set(), SHORTHANDS - {"owner", "vlan", "router_range"}),
        ("onevnet", USER_NETWORK, {"owner"}, SHORTHANDS - {"owner"}),
        ("onevm", GATEWAY_VM, {"nics", "nic_order", "owner", "enrolment", "expires"}, NOT_OF_THE_VM),
        ("onevntemplate", SHARED_NETWORK_TEMPLATE, set(), SHORTHANDS - {"owner", "vlan", "router_range"}),
        ("onevm", LAB_VM, {"owner", "wait", "enrolment"}, OF_THE_LAB | {COUNT}),
        (
            "oneuser",
            USER,
            {"administers"},
            {"blueprint", "vlan_base", "security_groups", "networks", "router_range", "vm_groups", "gateway", "labs"}
            | set(REMOVAL),
        ),
        ("onevmgroup", SHARED_VM_GROUP, set(), set(LEAVES)),
        ("onevmgroup", USER_VM_GROUP, {"owner"}, set(LEAVES)),
        ("onesecgroup", SHARED_SECURITY_GROUP, set(), set(LEAVES)),
        ("onesecgroup", USER_SECURITY_GROUP, {"owner"}, set(LEAVES)),
    ],
)
def test_every_argument_of_a_state_has_a_key(cli, keys, missing, more):
    arguments = {field.name for field in KINDS[cli].fields} - {"managed"}
    assert keys.fields.keys() == arguments - missing | more
