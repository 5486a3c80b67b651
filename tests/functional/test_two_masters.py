"""Two masters that share only the cloud, each in its own process: labs and pipelines on which both work."""

import json
import multiprocessing

import pytest
import salt.config
import salt.loader
from lxml import etree

from onecore.cloud.view import Cloud
from onecore.orchestration.exclusion import held
from onecore.wire.client import Client
from onesim.testing import running

NAMES = ["db", "web"]
ROUNDS = 2
SEED = {
    "groups": ["eole"],
    "users": [{"name": "alice", "password": "pw", "groups": ["eole"]}],
    "images": [{"name": "disk", "TYPE": "DATABLOCK", "SIZE": "8", "permissions": "604"}],
    "templates": [
        {
            "name": "debian",
            "permissions": "604",
            "CPU": "0.1",
            "MEMORY": "64",
            "DISK": {"IMAGE": "disk", "IMAGE_UNAME": "oneadmin"},
        }
    ],
    "calls": [{"one.acl.addrule": ["0x200000064", "0x121429400000000", "0x8", "0x400000000"]}],
}
VM = {"template": "debian", "snapshot": "initial"}
CONFIG = {
    "blueprints": {"eole": {"group": "eole", "labs": {"school": {"db": VM, "web": {**VM, "after": ["db"]}}}}},
    "users": {"alice": {"blueprint": "eole"}},
    "pipelines": {"night": {"stages": {"base": {"template": "debian"}}, "modules": {"amon": {}}}},
}


@pytest.fixture
def cloud(tmp_path):
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps(SEED))
    with running("--seed", seed, "--pace", "0.05") as simulator:
        yield simulator


@pytest.fixture
def masters(tmp_path, in_place, salt_factories_config, connection, cloud):
    """The runners of two masters."""
    pillar = {"opennebula": {**CONFIG, "connection": connection(cloud)}}

    def master(name):
        root = tmp_path / name
        (root / "pillar").mkdir(parents=True)
        (root / "pillar" / "top.sls").write_text("base: {'*': [cloud]}\n")
        (root / "pillar" / "cloud.sls").write_text(f"#!json\n{json.dumps(pillar)}\n")
        opts = {
            **salt.config.master_config(None),
            "id": name,
            "quiet": True,
            "root_dir": str(root),
            "cachedir": str(root / "cache"),
            "extension_modules": str(root / "extmods"),
            "pillar_roots": {"base": [str(root / "pillar")]},
            **in_place,
        }
        return salt.loader.runner(opts, salt.loader.utils(opts))

    return [master(name) for name in ("a", "b")]


def at_once(masters, function, **given):
    """What a runner's function says when two masters call it at the same time: nothing, or why it failed."""
    context = multiprocessing.get_context("fork")
    answers, begin = context.Queue(), context.Barrier(len(masters))

    def call(runners):
        begin.wait()
        try:
            runners[function](**given)
            answers.put("")
        except Exception as error:
            answers.put(str(error))

    processes = [context.Process(target=call, args=(each,)) for each in masters]
    for each in processes:
        each.start()
    said = [answers.get(timeout=60) for _ in processes]
    for each in processes:
        each.join()
    return sorted(said)


def vms(cloud):
    pool = etree.fromstring(cloud.call("one.vmpool.infoextended", -2, -1, -1, -1).encode())
    return sorted((vm.findtext("NAME"), vm.findtext("LCM_STATE"), snapshots(vm)) for vm in pool)


def snapshots(vm):
    return [each.findtext("NAME") for each in vm.iterfind("SNAPSHOTS/SNAPSHOT")]


def locks(cloud):
    return cloud.call("one.userpool.info").count("SALT_LOCK")


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_lab_is_built_once_and_put_back_once(masters, cloud, number):
    for function in ("onelab.build", "onelab.reset"):
        first, second = at_once(masters, function, lab="school", user="alice")
        assert first == ""
        assert not second or f"lab school of alice is busy with another run: {function}, process" in second, second
        assert vms(cloud) == [(name, "3", ["initial"]) for name in NAMES]
        assert locks(cloud) == 0
    assert masters[1]["onelab.build"](lab="school", user="alice")["totals"]["as declared"] == 2


def test_what_another_master_makes_is_not_made_twice(masters, cloud, connection):
    other = Cloud(Client.from_config(connection(cloud)))
    names = {"oneadmin": ["pipeline night/amon"], "alice": ["lab alice/school"]}
    with held(other, names, "elsewhere", "process 7 on another master"):
        with pytest.raises(Exception, match="Module amon is busy with another run: process 7 on another master"):
            masters[0]["onepipeline.run"]("night")
        with pytest.raises(Exception, match="lab school of alice is busy with another run: process 7 on another"):
            masters[0]["onelab.destroy"](lab="school", user="alice")
    assert vms(cloud) == []
    assert locks(cloud) == 0
