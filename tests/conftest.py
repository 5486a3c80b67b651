"""Fixtures of all layers: a temporary home for Salt, an embedded OpenNebula, a marker for each layer."""

import os
import pathlib
import shutil
import signal
import tempfile

import hypothesis
import pytest

from onesim import fixtures
from tests.salt_daemons import end_in_time, events_collected, keep_log_server_waiting, logs_collected

# The duration of an example depends on the machine.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

nursery = fixtures.nursery
REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
LAYERS = ("unit", "functional", "integration", "contract", "gateway", "page")
#: Tests that need special rights or programs; in CI they must run.
PRIVILEGED = () if os.environ.get("CI") == "true" else ("tests/gateway/", "tests/page/")


def pytest_configure(config):
    for layer in LAYERS:
        config.addinivalue_line("markers", f"{layer}: a test of the {layer} layer, set by its folder")
    keep_log_server_waiting(config.pluginmanager)
    # Shells make background processes ignore it, which the programs in tests would inherit.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items):
    for item in items:
        layer = item.path.relative_to(REPOSITORY / "tests").parts[0]
        if layer in LAYERS:
            item.add_marker(layer)


def pytest_sessionfinish(session, exitstatus):
    """A run in which all tests were skipped must not look like a success."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    excused = all(report.nodeid.startswith(PRIVILEGED) for report in reporter.stats.get("skipped", ()))
    empty = not reporter.stats.get("passed") and not (PRIVILEGED and session.testscollected and excused)
    if exitstatus == pytest.ExitCode.OK and not session.config.option.collectonly and empty:
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED
    # Later: other plugins must finish, and the summary must be printed.
    session.config.add_cleanup(lambda: end_in_time(int(session.exitstatus)))


@pytest.fixture(scope="session")
def event_listener():
    """The event listener of pytest-salt-factories, limited to this machine."""
    with events_collected() as listener:
        yield listener


@pytest.fixture
def _restart_event_listener():
    """Does nothing: that of pytest-salt-factories starts the event listener for every test of every layer."""


@pytest.fixture(scope="session")
def repository():
    """The root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def salt_root():
    """A folder for Salt's files, with a short path: the path of a socket is limited to 107 bytes."""
    parent = "/tmp" if pathlib.Path("/tmp").is_dir() else None
    root = pathlib.Path(tempfile.mkdtemp(prefix="one", dir=parent))
    yield root
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="session")
def salt_factories_config(salt_root, pytestconfig):
    import salt._logging

    # Salt keeps early log records for a standard error that pytest has closed by then.
    salt._logging.setup_temp_handler("quiet")
    with logs_collected(pytestconfig.pluginmanager):
        yield {"root_dir": str(salt_root), "code_dir": None, "start_timeout": 60}


@pytest.fixture(autouse=True)
def secrets_known():
    """The registered secrets of this process, for one test."""
    from onecore.basics.secrecy import KNOWN, Secrets

    before = dict(vars(KNOWN))
    vars(KNOWN).update(vars(Secrets()))
    yield KNOWN
    vars(KNOWN).update(before)


@pytest.fixture
def cloud(nursery):
    """A new embedded OpenNebula; see ``onesim.testing``."""
    with nursery.running() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def module_cloud(nursery):
    """One embedded OpenNebula for all tests of a module."""
    with nursery.running() as simulator:
        yield simulator


@pytest.fixture(scope="session")
def connection():
    """The ``connection`` section of the pillar for an embedded OpenNebula, by default as oneadmin."""

    def build(simulator, username="oneadmin", password="opennebula", **settings):
        return {"endpoint": simulator.endpoint, "username": username, "password": password, **settings}

    return build
