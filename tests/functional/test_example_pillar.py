"""Salt finds and merges the files of the example pillar: a user is a file and nothing else."""

import shutil

import pytest


@pytest.fixture
def compiled(session_loaders, repository, tmp_path):
    """Compile a copy of the example pillar, with more files where given: ``compiled({"opennebula/x.sls": text})``."""
    import salt.pillar

    root = tmp_path / "pillar"
    shutil.copytree(repository / "pillar", root)

    def compiled(more):
        for path, text in more.items():
            (root / path).write_text(text)
        options = {**session_loaders.opts, "pillar_roots": {"base": [str(root)]}, "pillar": {}}
        data = salt.pillar.Pillar(options, {}, "any", "base").compile_pillar()
        assert "_errors" not in data
        return data["opennebula"]

    return compiled


def test_every_file_counts(compiled, repository):
    config = compiled({})
    assert set(config) == {"connection", "prune", "max_deletions", "shared", "pipelines", "blueprints", "users"}
    files = {path.stem for path in (repository / "pillar/opennebula/users").glob("*.sls")}
    # And those of a team are in its own.
    assert set(config["users"]) == files | {"nora", "yann"}
    assert next(iter(config["blueprints"]["eole"]["networks"])) == "academie"


def test_a_new_user_is_a_new_file(compiled):
    before = len(compiled({})["users"])
    config = compiled({"opennebula/users/zelda.sls": "opennebula: {users: {zelda: {blueprint: eole, vlan_base: 900}}}"})
    assert len(config["users"]) == before + 1


def test_a_file_refines_what_another_says(compiled):
    config = compiled(
        {"opennebula/users/zz.sls": "opennebula: {users: {alice: {networks: {dmz1: null}, prune: true}}}"}
    )
    alice = config["users"]["alice"]
    assert (alice["blueprint"], alice["vlan_base"], alice["networks"], alice["prune"]) == (
        "eole",
        100,
        {"dmz1": None},
        True,
    )
