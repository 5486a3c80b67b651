"""Files without access for a user other than root: each message names the user."""

import os

import pytest

from onecore.basics.denial import reason
from onecore.basics.errors import OneError
from onecore.basics.locks import held, station
from onecore.orchestration import junit
from onecore.takeover.export import write
from onecore.wire.settings import Settings
from tests.doubles.nobody import WHO, as_nobody

DENIED = f"Permission denied for user {WHO}"


@pytest.fixture
def place(tmp_path):
    """A folder that everybody finds and nobody may write to, with a file that nobody may read."""
    for folder in tmp_path.parents:
        if folder.name.startswith("pytest-") and folder.stat().st_uid == os.geteuid():
            folder.chmod(0o755)
    for name in ("secret", ".one/one_auth"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("oneadmin:opennebula\n")
        file.chmod(0o000)
    tmp_path.chmod(0o555)
    yield str(tmp_path)
    tmp_path.chmod(0o755)


def refusal(work):
    """What an error says that `work` ends with for nobody."""

    def attempt():
        try:
            work()
        except OneError as error:
            return str(error)
        return "no error"

    return as_nobody(attempt)


def connect(**given):
    return Settings.read({"endpoint": "http://localhost:2633/RPC2", **given}, {"HOME": "/nonexistent"})


def test_credentials(place):
    said = refusal(lambda: connect(auth_file=f"{place}/secret"))
    assert said == f"connection:auth_file '{place}/secret' cannot be read: {DENIED}"


def test_credentials_at_home(place):
    said = refusal(lambda: Settings.read({"endpoint": "http://localhost:2633/RPC2"}, {"HOME": place}))
    assert said == f"connection: the file '{place}/.one/one_auth' cannot be read: {DENIED}"


@pytest.mark.parametrize("key", ["ca", "cert"])
def test_certificates(place, key):
    said = refusal(lambda: connect(username="a", password="b", **{key: f"{place}/secret"}))
    assert said == f"connection:{key} '{place}/secret' cannot be read: {DENIED}"


def test_locks(place):
    expected = f"Locks cannot be kept in {place}/opennebula: {DENIED}."
    assert refusal(lambda: held(f"{place}/opennebula", ["x"], "").__enter__()) == expected
    assert refusal(lambda: station(f"{place}/opennebula")) == expected


def test_files_that_are_written(place):
    said = refusal(lambda: write({"opennebula/init.sls": ""}, place))
    assert said == f"dir: {place}/opennebula cannot be written: {DENIED}."
    said = refusal(lambda: junit.write(f"{place}/lab.xml", "lab", []))
    assert said == f"junit: {place}/lab.xml cannot be written: {DENIED}."


def test_what_is_not_about_permissions():
    assert reason(FileNotFoundError(2, "No such file or directory")) == "No such file or directory"
