"""
The embedded OpenNebula against recordings of a real one, where they are at hand.

They are looked for in the folder that ONE_CONTRACT names, else in ``../shared/contract``: ``replay.py``, and
a folder of recordings for each release.
"""

import os
import pathlib
import shlex
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY

CONTRACT = os.environ.get("ONE_CONTRACT") or REPOSITORY.parent / "shared" / "contract"
RELEASE = "7.4.0"
# The scenarios in which every row must pass.
COMPLETE = {"s01_bootstrap", "s02_users", "s03_groups", "s04_vnets", "s07_images", "s08_templates", "s18_as_uid"}


def recordings():
    return sorted(path for path in pathlib.Path(CONTRACT, RELEASE).glob("*.jsonl") if path.stem in COMPLETE)


@pytest.mark.parametrize("recording", recordings(), ids=lambda path: path.stem)
def test_recording(recording):
    spawn = f"{shlex.quote(sys.executable)} -m onesim --port {{port}}"
    command = [sys.executable, f"{CONTRACT}/replay.py", "--verbose", "3", "--spawn", spawn, str(recording)]
    replay = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert replay.returncode == 0, replay.stdout + replay.stderr
