"""The pillar that a master compiles for gateways, and for others."""

import json
import shutil

import pytest
import salt.config
import salt.pillar


@pytest.fixture
def pillar_of(repository, tmp_path, salt_factories_config):
    """Compile the pillar of a minion as the master of the example does; ``broken`` spoils a file of the tree."""
    tree = shutil.copytree(repository / "pillar" / "examples" / "schools", tmp_path / "pillar")
    (tree / "top.sls").write_text("base: {cloud: [opennebula]}\n", encoding="utf-8")
    config = {
        "root_dir": str(tmp_path),
        "pillar_roots": {"base": [str(tree)]},
        "pillar_dirs": [str(repository / "salt" / "_pillar")],
        "ext_pillar": [{"onegateway": {"source": "cloud"}}],
    }
    (tmp_path / "master").write_text(json.dumps(config), encoding="utf-8")
    opts = salt.config.master_config(str(tmp_path / "master"))

    def compile_pillar(minion_id, broken=None):
        if broken:
            (tree / broken).write_text("opennebula: {", encoding="utf-8")
        return salt.pillar.Pillar(opts, {"id": minion_id}, minion_id, "base").compile_pillar()

    return compile_pillar


def test_a_gateway_gets_its_users_part_and_nothing_else(pillar_of):
    found = pillar_of("gw-alice")
    assert set(found) == {"gateway"}
    assert found["gateway"]["uplink"] == {"network": "EOLE", "address": "192.168.230.11"}
    assert "ssh-ed25519" not in json.dumps(found)


def test_the_whole_pillar_stays_where_it_was(pillar_of):
    found = pillar_of("cloud")
    assert set(found) == {"opennebula"}
    assert len(found["opennebula"]["users"]) == 23


@pytest.mark.parametrize("minion_id", ["gw-nobody", "web-1", "alice"])
def test_others_get_nothing(pillar_of, minion_id):
    assert pillar_of(minion_id) == {}


def test_a_pillar_that_cannot_be_compiled_is_a_fault(pillar_of):
    found = pillar_of("gw-alice", broken="opennebula/users/basile.sls")
    assert found == {"gateway": {"faults": ["the pillar of cloud cannot be compiled; see the master's log"]}}
