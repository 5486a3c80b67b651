"""Common commands for one kind: their parameters and their documentation."""

import inspect
import re

import pytest

from onecore.commands.common import COMMANDS
from onecore.commands.description import REQUIRED, Command, Words, flag, place
from onecore.commands.objects import KINDS

VNETS = Words(KINDS["onevnet"], example="dmz1")
USERS = Words(KINDS["oneuser"], example="alice")
ROUTERS = Words(KINDS["onevrouter"], example="edge", template="attributes")
CLUSTERS = Words(KINDS["onecluster"], example="lab")
DATASTORES = Words(KINDS["onedatastore"], example="ssd")
FORCE = flag("force", "Even then.")
DATASTORE = place("datastore", "Where to keep it.", REQUIRED)


def signature(command):
    return str(inspect.Signature(list(command.parameters)))


@pytest.mark.parametrize(
    ("name", "words", "option", "parameters"),
    [
        ("list", VNETS, None, "(owner=None, profile=None)"),
        ("list", USERS, None, "(profile=None)"),
        ("list", CLUSTERS, None, "(profile=None)"),
        # Somebody owns a datastore, and yet its name is enough to find it.
        ("list", DATASTORES, None, "(owner=None, profile=None)"),
        ("show", DATASTORES, None, "(datastore, profile=None)"),
        ("show", VNETS, None, "(vnet, owner=None, profile=None)"),
        ("show", CLUSTERS, None, "(cluster, profile=None)"),
        ("create", ROUTERS, None, "(name, attributes, profile=None)"),
        ("create", VNETS, DATASTORE, "(name, template, datastore, profile=None)"),
        ("clone", VNETS, FORCE, "(vnet, name, force=False, owner=None, profile=None)"),
        ("update", ROUTERS, None, "(vrouter, attributes, append=True, owner=None, profile=None)"),
        ("update", USERS, None, "(user, template, append=True, profile=None)"),
        ("chown", VNETS, None, "(vnet, user, group=None, owner=None, profile=None)"),
        ("chmod", VNETS, FORCE, "(vnet, octet, force=False, owner=None, profile=None)"),
        ("lock", VNETS, None, "(vnet, level='use', owner=None, profile=None)"),
        ("delete", VNETS, None, "(vnet, owner=None, profile=None)"),
    ],
)
def test_parameters(name, words, option, parameters):
    assert signature(Command(name, words, option)) == parameters


@pytest.mark.parametrize("words", [VNETS, USERS, ROUTERS, CLUSTERS, DATASTORES], ids=lambda words: words.target)
@pytest.mark.parametrize("option", [None, FORCE], ids=["plain", "option"])
@pytest.mark.parametrize("name", COMMANDS)
def test_everything_is_documented(name, option, words):
    command = Command(name, words, option if "option" in inspect.signature(COMMANDS[name]).parameters else None)
    text = command.documentation()
    told = [each for line in re.findall(r"^(\w+(?:, \w+)*)$", text, re.MULTILINE) for each in line.split(", ")]
    assert sorted(told) == sorted(each.name for each in command.parameters)
    assert re.search(r"^Rights: .+\.$", text, re.MULTILINE)
    calls = text.partition("CLI Example:\n\n.. code-block:: bash\n\n")[2].splitlines()
    assert calls and all(call.startswith(f"    salt-call {words.kind.cli}.{name} ") for call in calls)
    assert max(map(len, text.splitlines())) <= 120
    # No brace is left unfilled.
    assert not re.search(r"[{}]", text.replace("{DESCRIPTION: made by hand}", "").replace("# { } $", ""))
    assert words.kind.per_owner or "owner=" not in text


def test_the_documentation_speaks_of_the_kind():
    assert Command("delete", VNETS, FORCE, note="It is gone then.").documentation() == (
        "Delete a virtual network, managed by Salt or not. It is gone then.\n"
        "\n"
        "vnet, owner, profile\n"
        "    Which virtual network, and through which connection; see the module's documentation.\n"
        "\n"
        "force\n"
        "    Even then. Defaults to ``False``.\n"
        "\n"
        "Rights: MANAGE on the virtual network.\n"
        "\n"
        "CLI Example:\n"
        "\n"
        ".. code-block:: bash\n"
        "\n"
        "    salt-call onevnet.delete dmz1-old owner=alice"
    )


def test_a_kind_can_have_rights_and_examples_of_its_own():
    text = Command("delete", USERS, rights="ADMIN on the user.", example="alice\nbob").documentation()
    assert "Rights: ADMIN on the user.\n" in text
    assert text.endswith("\n    salt-call oneuser.delete alice\n    salt-call oneuser.delete bob")


def test_the_article_fits():
    assert Command("show", Words(KINDS["oneimage"])).documentation().startswith("Return all data of an image,")


def test_a_module_tells_once_what_its_functions_share():
    assert "``vnet``\n    A virtual network, by name, or by ID" in VNETS.introduction()
    assert "``owner``\n    Owner of the virtual network." in VNETS.introduction()
    assert "owner" not in USERS.introduction()
