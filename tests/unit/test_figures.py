"""The pictures of the documentation: up to date with their texts, readable by any XML parser, in light and dark."""

import subprocess
import sys

import pytest
from lxml import etree

from tests.conftest import REPOSITORY

FIGURES = sorted((REPOSITORY / "docs" / "figures").glob("*.svg"))


def test_up_to_date():
    check = subprocess.run([sys.executable, REPOSITORY / "tools" / "figures.py", "--check"], check=False)
    assert check.returncode == 0, "a picture differs from its text: run make docs"


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: path.stem)
def test_sound(path):
    svg = etree.parse(path).getroot()
    namespace = {"svg": "http://www.w3.org/2000/svg"}
    assert svg.findtext("svg:title", namespaces=namespace)
    assert "prefers-color-scheme: dark" in svg.findtext("svg:style", namespaces=namespace)
    _, _, width, height = map(float, svg.get("viewBox").split())
    for text in svg.iterfind("svg:text", namespace):
        assert 0 < float(text.get("x")) < width
        assert 0 < float(text.get("y")) < height
