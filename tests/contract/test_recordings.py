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
RECORDINGS = sorted(pathlib.Path(CONTRACT, RELEASE).glob("*.jsonl"))
#: The arguments of onesim to try: a busy machine may read a short state too late, and finds one that lasts longer.
ATTEMPTS = ((), ("--haste", "0.25"))


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.stem)
def test_every_row_passes_its_text_included(recording):
    for more in ATTEMPTS:
        spawn = shlex.join([sys.executable, "-m", "onesim", "--port", "{port}", *more])
        command = [
            sys.executable,
            f"{CONTRACT}/replay.py",
            "--verbose",
            "3",
            "--texts",
            "--spawn",
            spawn,
            str(recording),
        ]
        replay = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
        if replay.returncode == 0:
            return
    pytest.fail(replay.stdout + replay.stderr)
