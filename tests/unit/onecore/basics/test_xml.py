"""Without lxml, everything can be imported, and each use of it reports what to do."""

import importlib.util
import sys

import pytest

from onecore.basics import xml
from onecore.basics.errors import ConfigurationError


@pytest.fixture
def without(monkeypatch):
    """The module as Python without lxml imports it."""
    monkeypatch.setitem(sys.modules, "lxml", None)
    spec = importlib.util.spec_from_file_location("onecore.basics.xml_without", xml.__file__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("asked", ["fromstring", "XMLSyntaxError"])
def test_what_needs_it_says_what_to_do(without, asked):
    with pytest.raises(ConfigurationError, match=r"lxml cannot be imported .*; install it for Salt's own Python"):
        getattr(without.etree, asked)
