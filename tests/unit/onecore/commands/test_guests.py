"""A command in a guest: started, awaited, and reported."""

import base64

import pytest

from onecore.basics.errors import ArgumentError, SettleError
from onecore.cloud.directory import VMS
from onecore.commands.guests import exec_
from tests.doubles.fake_vms import cloud_with, vm


def packed(text):
    return base64.b64encode(text.encode()).decode()


def guest(*steps):
    """A cloud with a VM that tells these things of its command, one each time it is looked at; and what was asked."""
    fake, cloud = cloud_with(vm())
    asked = []

    def step(told):
        return lambda: fake.vm(0)["TEMPLATE"].update(QEMU_GA_EXEC=told)

    def execute(number, command, stdin):
        asked.append((number, command, stdin))
        fake.coming[number] = [step(told) for told in steps]

    fake.answers["one.vm.exec"] = execute
    return cloud, asked


def test_it_is_awaited_and_told():
    done = {"STATUS": "DONE", "RETURN_CODE": "3", "STDOUT": packed("hello\n"), "STDERR": packed("")}
    cloud, asked = guest({"STATUS": ""}, {"STATUS": "EXECUTING"}, done)
    found = exec_(cloud, VMS, "web", "cat", "hello\n")
    assert found == {"status": "DONE", "return_code": 3, "stdout": "hello\n", "stderr": ""}
    assert asked == [(0, "cat", packed("hello\n"))]


def test_what_is_no_base64_is_told_as_it_is():
    cloud, _asked = guest({"STATUS": "ERROR", "RETURN_CODE": "", "STDOUT": "no agent!"})
    found = exec_(cloud, VMS, 0, "true")
    assert found == {"status": "ERROR", "return_code": None, "stdout": "no agent!", "stderr": ""}


def test_it_need_not_be_awaited():
    cloud, asked = guest()
    assert exec_(cloud, VMS, 0, "true", timeout=0)["status"] == "EXECUTING"
    assert asked == [(0, "true", "")]


def test_it_takes_too_long():
    cloud, _asked = guest({"STATUS": "EXECUTING"})
    with pytest.raises(SettleError, match=r"waited 0\.05 s for the command in the guest to end"):
        exec_(cloud, VMS, 0, "true", timeout=0.05)


@pytest.mark.parametrize("command", ["", " ", None, 7])
def test_a_command_is_a_text(command):
    cloud, asked = guest()
    with pytest.raises(ArgumentError, match="must be a text"):
        exec_(cloud, VMS, 0, command)
    assert asked == []
