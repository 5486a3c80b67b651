"""Salt's loader in this process, with the modules and states of the checkout."""

import hashlib
import json
from types import SimpleNamespace

import pytest
from saltfactories.utils.functional import Loaders

from onecore.basics import digests
from onecore.cloud import pacing
from onecore.kinds.vm import gap
from onecore.orchestration import exclusion

#: The factor by which these tests wait less than usual: polls are earlier, and the cloud is faster.
HASTE = 5


@pytest.fixture(scope="session", autouse=True)
def hurried():
    """Shorter pauses between polls."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pacing, "PAUSE", pacing.PAUSE / HASTE)
        patch.setattr(exclusion, "PAUSE", exclusion.PAUSE / HASTE)
        for module in (pacing, gap):
            patch.setattr(module, "PAUSES", tuple(pause / HASTE for pause in module.PAUSES))
        yield


@pytest.fixture(scope="session", autouse=True)
def digested():
    """Fast digests of secrets: slow ones took a quarter of the time of tests of whole runs."""

    def quick(name, text, salt, rounds):
        return hashlib.pbkdf2_hmac(name, text, salt, max(rounds // 100, 1))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digests, "hashlib", SimpleNamespace(pbkdf2_hmac=quick))
        yield


@pytest.fixture(scope="session")
def hasty(nursery):
    """Start a fast embedded OpenNebula: ``with hasty("--events", 0) as cloud: …``"""

    def running(*options):
        return nursery.running("--haste", HASTE, *options)

    return running


@pytest.fixture
def cloud(hasty):
    """A new fast embedded OpenNebula."""
    with hasty() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def module_cloud(hasty):
    """One fast embedded OpenNebula for all tests of a module."""
    with hasty() as simulator:
        yield simulator


@pytest.fixture(scope="session")
def in_place(repository):
    """Minion options to load modules and states from the checkout, without syncing them."""
    salt = repository / "salt"
    # In a module_dirs folder Salt prefers "states" to "_states", and here "states" contains the SLS files.
    return {"module_dirs": [str(salt)], "states_dirs": [str(salt / "_states")]}


@pytest.fixture(scope="session")
def pillar_root(tmp_path_factory):
    root = tmp_path_factory.mktemp("pillar")
    (root / "top.sls").write_text("base: {'*': [data]}\n")
    (root / "data.sls").write_text("{}\n")
    return root


@pytest.fixture(scope="session")
def state_tree(tmp_path_factory):
    """A folder for SLS files: ``(state_tree / "some.sls").write_text(…)``, then ``state.apply("some")``."""
    return tmp_path_factory.mktemp("states")


@pytest.fixture(scope="session")
def session_loaders(salt_factories, repository, in_place, pillar_root, state_tree):
    minion = salt_factories.salt_minion_daemon(
        "functional",
        overrides={
            "file_client": "local",
            **in_place,
            "file_roots": {"base": [str(state_tree), str(repository / "salt" / "states")]},
            "pillar_roots": {"base": [str(pillar_root)]},
            "ssh_merge_pillar": False,
            # A secret store: ``sdb://vault/NAME`` is the environment variable of that name.
            "vault": {"driver": "env"},
        },
    )
    return Loaders(minion.config.copy())


@pytest.fixture
def pillar(session_loaders, pillar_root):
    """Set the whole pillar: ``pillar({"opennebula": {…}})``. It is reset after the test.

    Each run of states compiles the pillar from its file. The loaders get the same data directly: having Salt compile it
    takes as long as most tests.
    """

    def replace(data):
        text = json.dumps(data)
        (pillar_root / "data.sls").write_text(f"#!json\n{text}\n")
        compiled = session_loaders.opts["pillar"] = json.loads(text)
        pack = session_loaders.modules.pack
        pack["__pillar__"] = pack["__opts__"]["pillar"] = compiled

    yield replace
    replace({})


@pytest.fixture
def loaders(session_loaders):
    """``loaders.modules.<module>.<function>(…)`` and ``loaders.states.<module>.<function>(…, test=True)``."""
    yield session_loaders
    session_loaders.reset_state()


@pytest.fixture
def opennebula(cloud, connection, pillar, loaders):
    """The loaders with a pillar for a new embedded OpenNebula, with that cloud as ``.cloud``."""
    pillar({"opennebula": {"connection": connection(cloud)}})
    return loaders
