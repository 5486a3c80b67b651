"""Fragments of the changelog: valid names, and whole sentences."""

import re

import pytest

from tests.conftest import REPOSITORY

FRAGMENTS = sorted(path for path in (REPOSITORY / "changelog").iterdir() if path.name != "README.md")
pytestmark = pytest.mark.parametrize("path", FRAGMENTS, ids=lambda path: path.name)


def test_a_release_takes_it_in(path):
    settings = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    types = re.findall(r'\{ directory = "(\w+)"', settings)
    assert re.fullmatch(rf"(\d+|\+[a-z0-9-]+)\.({'|'.join(types)})(\.\d+)?\.md", path.name), path.name


def test_it_is_sentences(path):
    text = path.read_text(encoding="utf-8").strip()
    assert re.match(r"[A-Z`]", text) and text.endswith("."), text
