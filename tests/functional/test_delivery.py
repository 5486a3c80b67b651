"""
The same files reach Salt in four ways: synced, as a wheel, as an editable install, as a module directory.

Each way is tried in an interpreter of its own, which knows nothing of the others.
"""

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import sysconfig

import pytest

KINDS = ("modules", "states", "utils")

# Run in that interpreter: what Salt's loaders offer, from which files, and which copies of onecore they imported.
PROBE = """
import json, sys
import salt.config, salt.loader

opts = salt.config.minion_config(sys.argv[1])
opts["grains"] = salt.loader.grains(opts)
utils = salt.loader.utils(opts)
modules = salt.loader.minion_mods(opts, utils=utils)
states = salt.loader.states(opts, modules, utils, salt.loader.serializers(opts))
found = {"functions": [], "files": []}
for kind, loader in (("modules", modules), ("states", states)):
    names = json.loads(sys.argv[2])[kind]
    found["functions"] += sorted(f"{kind}.{key}" for key in loader if key.split(".")[0] in names)
    found["files"] += [loader.file_mapping[name][0] for name in names if name in loader.file_mapping]
found["onecore"] = sorted({m.__file__ for name, m in sys.modules.items() if name.split(".")[-1] == "onecore"})
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def names(repository):
    """The plugins of the checkout, by kind; there must be some of each."""
    names = {
        kind: sorted(path.stem for path in (repository / "salt" / f"_{kind}").glob("[!_]*.py"))
        for kind in ("modules", "states")
    }
    assert all(names.values()), names
    return names


@pytest.fixture(scope="module")
def project(repository, tmp_path_factory):
    """A copy of what a build needs, so that building leaves nothing behind in the checkout."""
    copy = tmp_path_factory.mktemp("project")
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(repository / name, copy)
    ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("src", *(f"salt/_{kind}" for kind in KINDS)):
        shutil.copytree(repository / name, copy / name, ignore=ignore)
    return copy


def pip(*arguments):
    subprocess.run([sys.executable, "-m", "pip", "--quiet", *map(str, arguments)], check=True)


@pytest.fixture(scope="module")
def wheel_site(project, tmp_path_factory):
    """A folder for ``PYTHONPATH`` in which the wheel is installed."""
    site = tmp_path_factory.mktemp("site")
    pip("install", "--no-index", "--no-deps", "--no-build-isolation", "--target", site, project)
    return site


@pytest.fixture(scope="module")
def editable_python(project, tmp_path_factory):
    """An interpreter with this one's packages and an editable install, whose ``.pth`` only a site folder honours."""
    environment = tmp_path_factory.mktemp("editable")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin" / "python"
    site = sysconfig.get_path("purelib", vars={"base": str(environment)})
    with open(os.path.join(site, "parent.pth"), "w") as pth:
        pth.write(sysconfig.get_path("purelib") + "\n")
    pip("--python", python, "install", "--no-index", "--no-deps", "--no-build-isolation", "--editable", project)
    return python


class Minion:
    """A masterless minion with a clean cache, started anew for each command."""

    def __init__(self, root, repository, names, **settings):
        self.root, self.names = root, names
        config = {
            "id": "delivered",
            "root_dir": str(root),
            "file_client": "local",
            "log_file": str(root / "minion.log"),
            "file_roots": {"base": [str(repository / "salt")]},
            **settings,
        }
        (root / "minion").write_text(json.dumps(config))

    def run(self, arguments, python=sys.executable, site=None):
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        environment |= {"PYTHONPATH": str(site)} if site else {}
        done = subprocess.run(
            [python, *map(str, arguments)], env=environment, cwd=self.root, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def sync(self):
        """``salt-call saltutil.sync_all``; the folder the plugins are in afterwards."""
        script = "from salt.scripts import salt_call; salt_call()"
        flags = ["--local", f"--config-dir={self.root}", "--log-level=quiet", "--out=json"]
        synced = self.run(["-c", script, *flags, "saltutil.sync_all"])["local"]
        assert "utils.onecore.client" in synced["utils"]
        return self.root / "var" / "cache" / "salt" / "minion" / "extmods"

    def loaded(self, **interpreter):
        return self.run(["-c", PROBE, self.root / "minion", json.dumps(self.names)], **interpreter)


@pytest.fixture
def make_minion(tmp_path, repository, names):
    return lambda **settings: Minion(tmp_path, repository, names, **settings)


@pytest.fixture(scope="module")
def functions(names, repository, in_place, tmp_path_factory):
    """What the checkout offers as it is, and so what every delivery must offer."""
    minion = Minion(tmp_path_factory.mktemp("minion"), repository, names, **in_place)
    found = minion.loaded()
    check(found, names, found["functions"], repository / "salt")
    return found["functions"]


def check(found, names, functions, *folders):
    """All plugins and one copy of onecore, each from one of the folders."""
    assert found["functions"] == functions
    assert {function.rpartition(".")[0] for function in functions} == {
        f"{kind}.{name}" for kind, plugins in names.items() for name in plugins
    }
    assert len(found["files"]) == sum(map(len, names.values()))
    assert len(found["onecore"]) == 1
    for file in found["files"] + found["onecore"]:
        assert file.startswith(tuple(f"{folder}{os.sep}" for folder in folders))


def test_without_any_delivery_there_is_nothing(make_minion):
    assert make_minion().loaded() == {"functions": [], "files": [], "onecore": []}


def test_synced(make_minion, names, functions):
    minion = make_minion()
    extmods = minion.sync()
    check(minion.loaded(), names, functions, extmods)


def test_wheel(make_minion, names, functions, wheel_site):
    check(make_minion().loaded(site=wheel_site), names, functions, wheel_site)


def test_editable(make_minion, names, functions, editable_python, project):
    check(make_minion().loaded(python=editable_python), names, functions, project)


@pytest.mark.parametrize("installed", ["wheel", "editable"])
def test_synced_wins_over_installed(installed, make_minion, names, functions, request):
    minion = make_minion()
    extmods = minion.sync()
    interpreter = (
        {"site": request.getfixturevalue("wheel_site")}
        if installed == "wheel"
        else {"python": request.getfixturevalue("editable_python")}
    )
    check(minion.loaded(**interpreter), names, functions, extmods)


def test_wheel_holds_every_file(wheel_site, repository):
    package = wheel_site / "saltext" / "opennebula"
    for kind in KINDS:
        source = repository / "salt" / f"_{kind}"
        assert files(package / kind) == files(source)


def files(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.py")}


def test_wheel_metadata(wheel_site):
    (distribution,) = importlib.metadata.distributions(name="saltext.opennebula", path=[str(wheel_site)])
    assert distribution.metadata["Requires-Python"] == ">=3.10"
    assert not (wheel_site / "saltext" / "__init__.py").exists(), "saltext is a namespace shared with other extensions"
    (entry,) = distribution.entry_points
    assert (entry.group, entry.value) == ("salt.loader", "saltext.opennebula:loader_dirs")
