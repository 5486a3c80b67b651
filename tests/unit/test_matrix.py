"""The matrix of Salt and Python runs only the Pythons that are installed."""

import sys

import pytest

from tools import matrix


@pytest.fixture
def path(tmp_path, monkeypatch):
    """Two folders on PATH, and nothing else."""
    folders = [tmp_path / "shims", tmp_path / "bin"]
    for folder in folders:
        folder.mkdir()
    monkeypatch.setenv("PATH", ":".join(map(str, folders)))
    return folders


def program(folder, text):
    path = folder / "python3.10"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_a_shim_without_its_python_is_no_python(path):
    program(path[0], "echo 'pyenv: python3.10: command not found' >&2; exit 127")
    assert matrix._interpreter("3.10") is None


def test_a_python_behind_a_shim_is_found(path):
    program(path[0], "exit 127")
    real = program(path[1], f'exec {sys.executable} "$@"')
    assert matrix._interpreter("3.10") == real


def test_no_python(path):
    assert matrix._interpreter("3.10") is None
