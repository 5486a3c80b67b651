"""A real master and a real minion, for the whole session; they serve the checkout and a copy of the example pillar."""

import shutil

import pytest


@pytest.fixture(scope="session")
def pillar_tree(repository, tmp_path_factory):
    """A copy of the example pillar that tests may edit; the master reads it anew for each job."""
    return shutil.copytree(repository / "pillar", tmp_path_factory.mktemp("master") / "pillar")


@pytest.fixture(scope="session")
def salt_master(salt_factories, repository, pillar_tree):
    master = salt_factories.salt_master_daemon(
        "master",
        overrides={
            "open_mode": True,
            "file_roots": {"base": [str(repository / "salt" / "states"), str(repository / "salt")]},
            "pillar_roots": {"base": [str(pillar_tree)]},
        },
    )
    with master.started():
        yield master


@pytest.fixture(scope="session")
def salt_minion(salt_master):
    minion = salt_master.salt_minion_daemon("minion")
    with minion.started():
        yield minion


@pytest.fixture(scope="session")
def salt_cli(salt_master, salt_minion):
    """``salt_cli.run("onevnet.list", minion_tgt=salt_minion.id)``"""
    return salt_master.salt_cli(timeout=120)


@pytest.fixture(scope="session")
def salt_call_cli(salt_minion):
    """``salt_call_cli.run("state.apply")``; with ``"--local"`` first, masterless."""
    return salt_minion.salt_call_cli(timeout=120)


@pytest.fixture(scope="session")
def salt_run_cli(salt_master):
    return salt_master.salt_run_cli(timeout=120)
