"""What all layers share: a temporary home for Salt, an embedded OpenNebula, a marker for each layer."""

import os
import pathlib
import shutil
import tempfile

import pytest
from saltfactories.plugins.event_listener import EventListener

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
LOOPBACK = "127.0.0.1"
LAYERS = ("unit", "functional", "integration", "contract", "gateway")
#: What needs rights that not everybody has; in CI it must run.
PRIVILEGED = () if os.environ.get("CI") == "true" else ("tests/gateway/",)


def pytest_configure(config):
    for layer in LAYERS:
        config.addinivalue_line("markers", f"{layer}: a test of the {layer} layer, set by its folder")


def pytest_collection_modifyitems(items):
    for item in items:
        layer = item.path.relative_to(REPOSITORY / "tests").parts[0]
        if layer in LAYERS:
            item.add_marker(layer)


@pytest.hookimpl(wrapper=True)
def pytest_sessionstart(session):
    """Keep the log server of pytest-salt-factories to this machine."""
    session.config.pluginmanager.get_plugin("saltfactories-log-server").log_host = LOOPBACK
    return (yield)


def pytest_sessionfinish(session, exitstatus):
    """A run in which everything was skipped has tested nothing, and must not look like a success."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    excused = all(report.nodeid.startswith(PRIVILEGED) for report in reporter.stats.get("skipped", ()))
    empty = not reporter.stats.get("passed") and not (PRIVILEGED and session.testscollected and excused)
    if exitstatus == pytest.ExitCode.OK and not session.config.option.collectonly and empty:
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED


@pytest.fixture(scope="session")
def event_listener():
    """The event listener of pytest-salt-factories, kept to this machine."""
    listener = EventListener()
    listener.host, listener.address = LOOPBACK, f"tcp://{LOOPBACK}:{listener.port}"
    with listener:
        yield listener


@pytest.fixture(scope="session")
def repository():
    """The root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def salt_root():
    """A folder for Salt's files, with a short path: its sockets live there, and a socket's path holds 107 bytes."""
    parent = "/tmp" if pathlib.Path("/tmp").is_dir() else None
    root = pathlib.Path(tempfile.mkdtemp(prefix="one", dir=parent))
    yield root
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="session")
def salt_factories_config(salt_root):
    import salt._logging

    # Salt keeps early log records for a standard error that pytest has closed by then.
    salt._logging.setup_temp_handler("quiet")
    return {"root_dir": str(salt_root), "code_dir": None, "start_timeout": 60}


@pytest.fixture
def cloud():
    """A fresh embedded OpenNebula; see ``onesim.testing``."""
    from onesim.testing import running

    with running() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def module_cloud():
    """One embedded OpenNebula for all tests of a module."""
    from onesim.testing import running

    with running() as simulator:
        yield simulator


@pytest.fixture(scope="session")
def connection():
    """Make the ``connection`` part of the pillar for an embedded OpenNebula, as oneadmin unless told otherwise."""

    def build(simulator, username="oneadmin", password="opennebula", **settings):
        return {"endpoint": simulator.endpoint, "username": username, "password": password, **settings}

    return build
