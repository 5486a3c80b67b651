"""Every argument can be exported: an argument that is not read back would be missing from exports."""

import pytest

from onecore.kinds.registry import KINDS
from onecore.model.fields import Field
from onecore.model.ownership import OWNER, OWNER_FROM
from onecore.model.reading import IS_SECRET, Reading, is_secret, plain

#: Arguments of which an object says nothing, and why nothing is missed.
SILENT = {
    ("onecluster", "hosts"): "each host says its cluster",
    ("onecluster", "datastores"): "each datastore says its clusters",
    ("onecluster", "networks"): "each network says its clusters",
    ("oneuser", "password"): "OpenNebula never tells one back",
    ("oneuser", "administers"): "the groups say who administers them",
    ("onevm", "disks"): "they come with its template, and OpenNebula cannot shrink a disk",
    ("onevm", "enrolment"): "a ticket is for a first boot",
    ("onevm", "on_change"): "it says how, and not what",
    ("onevm", "wait"): "it says how, and not what",
    ("onevm", "nic_order"): "it says how, and not what",
    ("onevnet", "template"): "it counts while a network is made, and none says what it was made from",
    ("onevnet", "recover"): "it says how, and not what",
    ("oneimage", "clone_from"): "it counts while an image is made, and none says what it is a copy of",
    ("onevrouter", "context"): "it is that of its VMs",
    ("onevrouter", "nic_order"): "it says how, and not what",
    ("onevrouter", "enrolment"): "a ticket is for a first boot",
    ("onevrouter", "wait"): "it says how, and not what",
}
# It says how an object comes to its owner; the owner is part of the key.
_KEYS = (OWNER, OWNER_FROM)
ARGUMENTS = [(cli, each) for cli, kind in KINDS.items() for each in kind.arguments if each not in _KEYS]


@pytest.mark.parametrize(("cli", "field"), ARGUMENTS, ids=[f"{cli}.{field.name}" for cli, field in ARGUMENTS])
def test_every_argument_is_read_back(cli, field):
    silent = type(field).said is Field.said or (cli, field.name) in SILENT
    assert silent is ((cli, field.name) in SILENT), "give the field a `said`, or a reason here"


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("DB_PASSWORD", "x", True),
        ("DB_PASSWORD", "", False),
        ("NOTE", "x", False),
        ("VECTOR", {"API_KEY": "x"}, True),
        ("LIST", [{"A": "x"}, {"TOKEN": "y"}], True),
        ("SSH_PUBLIC_KEY", "ssh-ed25519 AAAA", False),
    ],
)
def test_what_is_secret_by_its_name(name, value, secret):
    reading = Reading(None)
    assert is_secret(name, value) is secret
    assert reading.may_say("path", name, value) is not secret
    assert reading.left == ({"path": IS_SECRET} if secret else {})


def test_what_would_be_looked_up_is_not_said():
    reading = Reading(None)
    assert not reading.may_say("path", "NOTE", {"A": "sdb://vault/x"})
    assert "sdb://" in reading.left["path"]


def test_numbers_are_written_as_numbers():
    assert plain({"A": "64", "B": "064", "C": "-1", "D": "1.0", "E": ["7", "x"], "F": "²"}) == {
        "A": 64,
        "B": "064",
        "C": -1,
        "D": "1.0",
        "E": [7, "x"],
        "F": "²",
    }
