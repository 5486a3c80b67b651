"""One run at a time."""

import subprocess
import sys

import pytest

from onecore.basics.errors import ConfigurationError
from onecore.basics.locks import held

HOLDER = """
import sys
from onecore.basics.locks import held
with held(sys.argv[1], ["alice/school"], "onelab.build, process 1") as busy:
    print(busy, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path):
    """Another process that holds a name."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "locks")]
    environment = {"PYTHONPATH": next(path for path in sys.path if path.endswith("_utils"))}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout.readline() == "{}\n"
        yield process
        process.kill()


def test_what_another_run_holds_is_told_with_what_it_says_of_itself(tmp_path, other):
    with held(str(tmp_path / "locks"), ["alice/school", "bob/school"], "me") as busy:
        assert busy == {"alice/school": "onelab.build, process 1"}


def test_names_are_free_again_when_their_holder_has_died(tmp_path, other):
    other.kill()
    other.wait()
    with held(str(tmp_path / "locks"), ["alice/school"], "me") as busy:
        assert busy == {}


def test_names_are_free_again_after_the_block_also_in_the_same_process(tmp_path):
    folder = str(tmp_path / "locks")
    for said in ("a long sentence about the first", "second"):
        with held(folder, ["x"], said) as busy:
            assert busy == {}
            with held(folder, ["x", "y" * 300], "other") as again:
                assert again == {"x": said}


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="Locks cannot be kept in"), held(str(tmp_path / "file"), ["x"], ""):
        pass
