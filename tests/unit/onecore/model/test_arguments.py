"""Arguments: the documentation and the schema that are generated from one description."""

import pytest

from onecore.basics.values import TEXT, YES_NO, Choice, Integer, Megabytes
from onecore.kinds.registry import KINDS
from onecore.model.arguments import Option
from onecore.model.fields import Attribute

MTU = Attribute("mtu", Integer(68, 65535), disruptive=True, doc="Longest packet.", unit="bytes", example="1400")


@pytest.mark.parametrize(
    ("argument", "text"),
    [
        (MTU, "Longest packet. A whole number from 68 to 65535, in bytes. A change reaches running VMs."),
        (Option("text", TEXT, doc="What it is."), "What it is."),
        (Option("hard", YES_NO, default=False, doc="Do not ask."), "Do not ask. Defaults to ``false``."),
        (Option("size", Megabytes(), doc="Size."), "Size. A size in MB, or a text such as 512M or 64G."),
        (Option("way", Choice("a", "b"), otherwise="``a``", doc="How."), "How. One of a, b. Defaults to ``a``."),
        (
            Attribute("path", writer=None, required=True, excludes="size", doc="Where."),
            "Where. Needed to create it. Excludes ``size``. It cannot be changed afterwards.",
        ),
    ],
)
def test_what_a_docstring_says(argument, text):
    assert argument.text == text


def test_the_key_of_the_pillar():
    key = MTU.key()
    assert (key.doc, key.default) == ("Longest packet. A change reaches running VMs.", "left alone")
    assert (key.example, key.unit, key.node.wants) == ("1400", "bytes", "a whole number from 68 to 65535")
    key = MTU.key("Not for bridges.", default="the driver's")
    assert (key.doc, key.default) == ("Longest packet. Not for bridges. A change reaches running VMs.", "the driver's")
    assert Attribute("driver", required=True, otherwise="``x``").key().default == "required"
    assert Attribute("driver", otherwise="``x``").key().default == "`x`"


@pytest.mark.parametrize(
    ("kind", "argument"),
    [(kind, each) for kind in KINDS.values() for each in kind.arguments],
    ids=lambda value: getattr(value, "cli", None) or value.name,
)
def test_every_argument_of_a_kind_is_described(kind, argument):
    assert argument.doc.endswith(".")
    assert argument.excludes in ("", *(each.name for each in kind.arguments))
