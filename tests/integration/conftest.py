"""A real master and a real minion for the whole session, with the checkout and a copy of the example pillar."""

import json
import pathlib
import shutil
import subprocess
import sys

import pytest

from onesim.testing import running
from tools.masterless import SECOND_TEAM, Witness


@pytest.fixture(scope="session")
def pillar_tree(repository, tmp_path_factory):
    """A copy of the example pillar, with one team, that tests may edit; the master reads it again for each job."""
    example, ignore = repository / "pillar" / "examples" / "schools", shutil.ignore_patterns(SECOND_TEAM)
    tree = shutil.copytree(example, tmp_path_factory.mktemp("master") / "pillar", ignore=ignore)
    # Minions of several tests use it.
    (tree / "top.sls").write_text("base: {'*': [opennebula]}\n")
    return tree


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


@pytest.fixture(scope="module")
def embedded():
    """An embedded OpenNebula for the tests of a module."""
    with running("--control") as simulator:
        yield simulator


@pytest.fixture(scope="module")
def witness(embedded):
    return Witness(embedded.endpoint)


@pytest.fixture(scope="module")
def declare(pillar_tree):
    """Add a file to the pillar, for the tests of a module: ``declare(name, content)``; ``None`` removes it."""
    folder, written = pillar_tree / "opennebula" / "users", set()

    def write(name, content):
        file = folder / f"zz-{name}.sls"
        written.add(file)
        if content is None:
            file.unlink(missing_ok=True)
        else:
            file.write_text(f"#!json\n{json.dumps({'opennebula': content})}\n")

    yield write
    for file in written:
        file.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def pointed(declare, embedded):
    """The pillar with the connection to the embedded OpenNebula."""
    connection = {"endpoint": embedded.endpoint, "username": "oneadmin", "password": "opennebula", "auth_file": None}
    declare("connection", {"connection": connection})


@pytest.fixture(scope="module")
def runner(salt_run_cli, salt_call_cli, pointed):
    """Run a runner's function: its exit status and its return value. The shared objects exist."""

    def run(*words, **options):
        done = salt_run_cli.run(*words, **options)
        return done.returncode, done.stdout if done.data is None else done.data

    assert run("saltutil.sync_all")[0] == 0
    assert salt_call_cli.run("saltutil.sync_all").returncode == 0
    shared = salt_call_cli.run("state.single", "opennebula.shared", "shared")
    assert shared.returncode == 0, shared
    return run


@pytest.fixture
def begin(salt_master, runner):
    """Start ``salt-run`` in the background: ``begin("onelab.build", "school")`` returns the process."""
    begun = []

    def start(*words):
        program = pathlib.Path(sys.executable).with_name("salt-run")
        command = [str(program), "-c", salt_master.config_dir, "--out=json", "-l", "quiet", *words]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        begun.append(process)
        return process

    yield start
    for process in begun:
        process.kill()
        process.communicate()
