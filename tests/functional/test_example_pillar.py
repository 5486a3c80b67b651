"""Salt finds and merges the files of the included pillars: a user is one file."""

import shutil

import pytest

from onecore import schema
from onecore.pillar.infrastructure import expand

#: The options of a master that names the minion which manages the cloud.
ITS_MASTER = {"__role": "master", "opennebula_minion": "cloud"}


@pytest.fixture
def compiled(session_loaders, repository, tmp_path):
    """Compile a copy of the example pillar, with more files where given: ``compiled({"opennebula/x.sls": text})``.

    A file that is ``None`` is taken away. ``source`` is another pillar, ``minion`` whose it is, ``options`` are those
    of whoever compiles it.
    """
    import salt.pillar

    root = tmp_path / "pillar"

    def compiled(more, source="pillar/examples/schools", minion="cloud", options=ITS_MASTER):
        shutil.copytree(repository / source, root, dirs_exist_ok=True)
        for path, text in more.items():
            if text is None:
                (root / path).unlink()
            else:
                (root / path).write_text(text)
        roots = {"pillar_roots": {"base": [str(root)]}, "pillar": {}}
        data = salt.pillar.Pillar({**session_loaders.opts, **roots, **options}, {}, minion, "base").compile_pillar()
        assert "_errors" not in data
        return data.get("opennebula")

    return compiled


def test_every_file_counts(compiled, repository):
    config = compiled({})
    assert set(config) == {"connection", "prune", "max_deletions", "shared", "pipelines", "blueprints", "users"}
    files = (repository / "pillar/examples/schools/opennebula/users").glob("*.sls")
    # And those of a team are in its own.
    assert set(config["users"]) == {path.stem for path in files} - {"init"} | {"nora", "yann"}
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


STARTER = {"source": "pillar"}
READY = """
opennebula:
  blueprints: {starter: {vlans: {first: 100, last: 199, phydev: eth1}}}
  users: {alice: {vlan_base: 100}}
"""


def test_the_starter_is_refused_until_its_vlans_are_set(compiled):
    faults = [(fault.path, fault.message) for fault in schema.validate(compiled({}, **STARTER))]
    assert ("users.alice.vlan_base", "is required: the vlan of each network is added to it") in faults
    assert any(path.endswith("phydev") or "phydev" in message for path, message in faults)


def test_the_starter_with_its_vlans_set(compiled):
    config = compiled({"opennebula/users/zz.sls": READY}, **STARTER)
    assert schema.validate(config) == []
    assert [each.values.get("vlan_id") for each in expand(config, "alice")] == [None, 100, 101, 102]


@pytest.mark.parametrize(
    # Those of a team that is in a file of its own are there.
    ("source", "left"),
    [("pillar", set()), ("pillar/examples/schools", {"nora", "yann"})],
)
def test_a_folder_of_users_may_be_empty(compiled, repository, source, left):
    users = [path.name for path in (repository / source / "opennebula/users").glob("*.sls")]
    users.remove("init.sls")
    config = compiled({f"opennebula/users/{name}": None for name in users}, source=source)
    assert set(config.get("users") or ()) == left
    assert config["blueprints"]


@pytest.mark.parametrize("source", ["pillar", "pillar/examples/schools"])
@pytest.mark.parametrize(
    ("options", "minion", "sees"),
    [
        (ITS_MASTER, "cloud", True),
        (ITS_MASTER, "web-1", False),
        ({"__role": "master"}, "cloud", False),
        ({"__role": "master"}, "host.example.org_master", True),
        ({"__role": "minion"}, "masterless", True),
    ],
    ids=["named", "another", "none named", "the master itself", "without a master"],
)
def test_who_sees_the_pillar(compiled, source, options, minion, sees):
    assert (compiled({}, source, minion, options) is not None) is sees
