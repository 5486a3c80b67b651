"""The tutorial, followed to the letter: its files, its commands, and their output as shown on the page."""

import os
import pathlib
import re
import shlex
import subprocess
import sys

import pytest

from tests.pages import parts

#: What differs from run to run.
SECONDS = re.compile(r"\b\d+\.\d s\b")
#: What a line of a slow state has at its end.
SLOW = re.compile(r"  \d+\.\d s$", re.MULTILINE)


@pytest.fixture
def place(cloud, repository, salt_root):
    """What a text of the page is here, with this folder, this checkout and this cloud in the place of the reader's."""
    home = salt_root / "tutorial"

    def here(text):
        text = text.replace("/tmp/tutorial", str(home)).replace("/srv/salt-opennebula", str(repository))
        return text.replace("http://127.0.0.1:2633/RPC2", cloud.endpoint)

    return here


@pytest.mark.timeout(1200)
def test_every_step(place, repository):
    blocks, _ = parts(repository / "docs" / "tutorial.md")
    shown = 0
    for block in blocks:
        file = re.match(r"# (/tmp/tutorial/\S+)\n", block)
        if file:
            path = pathlib.Path(place(file[1]))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(place(block) + "\n", encoding="utf-8")
        for command, expected in sessions(block):
            told = run(place(command), place("/tmp/tutorial/etc"))
            assert re.fullmatch(pattern(expected), SECONDS.sub("N s", SLOW.sub("", told))), f"$ {command}\n{told}"
            shown += 1
    assert shown > 10


def sessions(block):
    """(command, lines of its output) of each command of a block."""
    for piece in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, *lines = piece.splitlines()
        yield command, [line.rstrip() for line in lines if line.strip()]


def run(command, configuration):
    """All output of a command, without its empty lines."""
    path = os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "SALT_CONFIG_DIR": configuration, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        shlex.split(command),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=200,
        check=False,
    )
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines() if line.strip())


def pattern(lines):
    """What output matches: ``…`` on a line of its own stands for any lines."""
    return "".join(
        "(?:.*\n)*?" if line.strip() == "…" else re.escape(SECONDS.sub("N s", line)) + "\n" for line in lines
    )
