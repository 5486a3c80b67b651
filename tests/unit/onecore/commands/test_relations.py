"""Commands that relate two objects: their parameters, their documentation, and their calls."""

import inspect

import pytest

from onecore.commands.description import Words
from onecore.commands.objects import KINDS
from onecore.commands.relations import Relation

VDCS = Words(KINDS["onevdc"], example="eole")
CLUSTERS = Words(KINDS["onecluster"], example="blades")
USERS = Words(KINDS["oneuser"], example="alice")


@pytest.mark.parametrize(
    ("relation", "parameters"),
    [
        (Relation("addgroup", VDCS, "onegroup", "Add.", "eole"), "(vdc, group, profile=None)"),
        (Relation("addhost", VDCS, "onehost", "Add.", "a", zoned=True), "(vdc, host, zone=None, profile=None)"),
        (
            Relation("addvnet", VDCS, "onevnet", "Add.", "a", zoned=True),
            "(vdc, vnet, zone=None, owner=None, profile=None)",
        ),
        (Relation("addvnet", CLUSTERS, "onevnet", "Add.", "a"), "(cluster, vnet, owner=None, profile=None)"),
        (Relation("chgrp", USERS, "onegroup", "Change.", "eole"), "(user, group, profile=None)"),
    ],
)
def test_parameters(relation, parameters):
    assert str(inspect.Signature(list(relation.parameters))) == parameters


def test_documentation():
    described = Relation("addvnet", VDCS, "onevnet", "Add a virtual network to a VDC.", "EOLE", zoned=True)
    assert described.documentation() == (
        "Add a virtual network to a VDC.\n"
        "\n"
        "vdc, profile\n"
        "    Which VDC, and through which connection; see the module's documentation.\n"
        "\n"
        "vnet, owner\n"
        "    The virtual network, by name or ID, and whose it is; ``ALL`` for all of them.\n"
        "\n"
        "zone\n"
        "    The zone that it is in, by name or ID; in another zone, the object is identified by its ID only. "
        "Defaults to\n    this zone.\n"
        "\n"
        "Rights: ADMIN on the VDC and on the virtual network.\n"
        "\n"
        "CLI Example:\n"
        "\n"
        ".. code-block:: bash\n"
        "\n"
        "    salt-call onevdc.addvnet eole EOLE\n"
        "    salt-call onevdc.addvnet eole ALL"
    )


def test_a_relation_can_have_rights_and_a_way_of_its_own():
    does = lambda cloud, kind, *values: values  # noqa: E731
    described = Relation("chgrp", USERS, "onegroup", "Change.", "eole", rights="MANAGE on the user.", does=does)
    assert "Rights: MANAGE on the user.\n" in described.documentation()
    assert described(None, USERS.kind, {"user": "alice", "group": 100}) == ("alice", 100)
