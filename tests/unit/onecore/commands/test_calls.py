"""Commands that make one call on one object: their parameters, their documentation, and their calls."""

import inspect

import pytest

from onecore.commands.calls import Call
from onecore.commands.description import Words
from onecore.commands.objects import KINDS, make

IMAGES = Words(KINDS["oneimage"], example="debian")
ZONES = Words(KINDS["onezone"], example="lyon")


@pytest.mark.parametrize(
    ("call", "parameters"),
    [
        (Call("persistent", IMAGES, "persistent", "Make.", "debian"), "(image, owner=None, profile=None)"),
        (
            Call("chtype", IMAGES, "chtype", "Change.", "debian OS", {"type": "One."}),
            "(image, type, owner=None, profile=None)",
        ),
        (
            Call("server_del", ZONES, "delserver", "Take.", "lyon 1", {"server_id": "Its ID."}),
            "(zone, server_id, profile=None)",
        ),
    ],
)
def test_parameters(call, parameters):
    assert str(inspect.Signature(list(call.parameters))) == parameters


def test_documentation():
    described = Call(
        "snapshot_delete",
        IMAGES,
        "snapshotdelete",
        "Delete a snapshot of a persistent image.",
        "data 0 owner=alice",
        takes={"snapshot_id": "Number of the snapshot."},
    )
    assert described.documentation() == (
        "Delete a snapshot of a persistent image.\n"
        "\n"
        "image, owner, profile\n"
        "    Which image, and through which connection; see the module's documentation.\n"
        "\n"
        "snapshot_id\n"
        "    Number of the snapshot.\n"
        "\n"
        "Rights: MANAGE on the image.\n"
        "\n"
        "CLI Example:\n"
        "\n"
        ".. code-block:: bash\n"
        "\n"
        "    salt-call oneimage.snapshot_delete data 0 owner=alice"
    )


def test_it_has_rights_of_its_own():
    described = Call("enable", ZONES, "enable", "Enable a zone.", "lyon", sends=(True,), rights="ADMIN on the zone.")
    assert "Rights: ADMIN on the zone.\n" in described.documentation()


class _Cloud:
    """A cloud that has one object and remembers what it is asked."""

    account = "alice"

    def __init__(self):
        self.calls = []

    def read(self, kind, number):
        return self

    id = 7

    def call(self, method, *params):
        self.calls.append((method, *params))
        return 3


@pytest.mark.parametrize(
    ("more", "given", "answer", "asked"),
    [
        ({"sends": (False,)}, {}, True, ("one.image.enable", 7, False)),
        ({"takes": {"type": "One."}}, {"type": "OS"}, True, ("one.image.enable", 7, "OS")),
        ({"takes": {"disk_id": "One."}, "sends": (True,)}, {"disk_id": "2"}, True, ("one.image.enable", 7, 2, True)),
        ({"does": make}, {}, 3, ("one.image.enable", 7)),
    ],
)
def test_what_it_asks_of_opennebula(more, given, answer, asked):
    cloud = _Cloud()
    described = Call("enable", IMAGES, "enable", "Let.", "debian", **more)
    assert described(cloud, KINDS["oneimage"], {"image": 7, "owner": None, **given}) == answer
    assert cloud.calls == [asked]
