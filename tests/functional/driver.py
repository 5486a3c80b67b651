"""Runs Salt in this process with an embedded OpenNebula, and checks the requirements for every state.

A test module with ``pytest_plugins = ["tests.functional.driver"]`` has the fixture ``one``.
"""

import time

import pytest
import salt.loader
from salt.exceptions import CommandExecutionError

#: The last part of the names of read methods.
READS = {"info", "infoextended", "infoset", "version", "config", "counters"}


@pytest.fixture(scope="module")
def one(drive, module_cloud, connection):
    """A :class:`Driver` of the cloud of all tests of a module, as oneadmin."""
    return drive({"connection": connection(module_cloud)}, module_cloud)


@pytest.fixture(scope="session")
def drive(session_loaders):
    """A factory for :class:`Driver`: ``drive(the pillar's opennebula, a running cloud)``."""
    return lambda configuration, cloud=None: Driver(session_loaders, configuration, cloud)


class Result:
    """The return value of a state."""

    def __init__(self, returned):
        assert set(returned) >= {"name", "result", "changes", "comment"}
        self.result, self.changes, self.comment = returned["result"], returned["changes"], returned["comment"]


class Driver:
    """One cloud, and Salt's loaders with a separate pillar.

    configuration
        The pillar's ``opennebula``.
    cloud
        A running embedded OpenNebula.
    """

    def __init__(self, loaders, configuration, cloud):
        self.cloud = cloud
        self._context = {}
        opts = {**loaders.opts, "pillar": {"opennebula": configuration}}
        self._modules = salt.loader.minion_mods(opts, utils=loaders.utils, context=self._context)
        self._states = salt.loader.states(
            opts, self._modules, loaders.utils, loaders.serializers, context=self._context
        )

    def state(self, function, test=False, **arguments):
        """Run one state in a separate run; returns its result."""
        self._context.clear()
        self._states.opts["test"] = test
        return Result(self._states[function](**arguments))

    def run(self, function, *arguments, **named):
        """Call an execution function."""
        return self._modules[function](*arguments, **named)

    def show(self, module, *arguments, **named):
        """An object of the cloud."""
        return self.run(f"{module}.show", *arguments, **named)

    def wait_for(self, look, arrived, seconds=10):
        """Read until the value satisfies ``arrived``; returns it."""
        end = time.monotonic() + seconds
        while not arrived(seen := look()):
            assert time.monotonic() < end, f"still: {seen}"
            time.sleep(0.02)
        return seen

    def wait(self, module, state, *arguments, **named):
        """Wait until an object has a state, given as OpenNebula's number; returns the object."""
        return self.wait_for(lambda: self.show(module, *arguments, **named), lambda seen: seen["STATE"] == str(state))

    def gone(self, module, name):
        """Wait until no object has a name."""
        self.wait_for(lambda: self.run(f"{module}.list"), lambda rows: all(row["name"] != name for row in rows))

    def refusal(self, function, *arguments, **named):
        """Call an execution function that must fail; returns its message."""
        try:
            answer = self.run(function, *arguments, **named)
        except CommandExecutionError as error:
            return one_sentence(str(error))
        raise AssertionError(f"{function} did not refuse: {answer!r}")

    def writes(self):
        """The number of write calls so far."""
        counted = self.cloud.counters().items()
        return sum(number for method, number in counted if method.split(".")[-1] not in READS)

    def converge(self, function, **arguments):
        """Run a state with changes: as a dry run, for real, and again. Returns its real result.

        The dry run shows the changes of the real run; the dry run and the last run write nothing.
        """
        before = self.writes()
        dry = self.state(function, test=True, **arguments)
        assert dry.result is None, dry.comment
        assert self.writes() == before, "a dry run wrote"
        real = self.state(function, **arguments)
        assert real.result is True, real.comment
        assert real.changes == dry.changes
        assert real.changes
        self.settled(function, **arguments)
        return real

    def settled(self, function, **arguments):
        """Run a state without changes, for real and as a dry run."""
        before = self.writes()
        for test in (False, True):
            again = self.state(function, test=test, **arguments)
            assert again.result is True, again.comment
            assert again.changes == {}
        assert self.writes() == before, "a second run wrote"

    def refused(self, function, changes=None, **arguments):
        """Run a state that must fail, as a dry run and for real, without a write; returns its message."""
        before = self.writes()
        results = [self.state(function, test=test, **arguments) for test in (True, False)]
        for result in results:
            assert result.result is False, result.comment
            assert result.changes == {}
        assert results[0].comment == results[1].comment
        assert self.writes() == before, "a refusal wrote"
        return one_sentence(results[0].comment)


def one_sentence(text):
    """``text``, after checking that it is one readable sentence."""
    assert text[0].isupper() or text[0].isdigit(), text
    assert text.endswith((".", "…", "?", "!")), text
    assert "Traceback" not in text
    assert len(text) < 1000
    return text
