"""
The same files reach Salt in six ways: synced, from Git, as a wheel, by salt-pip, editable, as a module directory.

Each way is tried in an interpreter of its own, which knows nothing of the others.
"""

import ast
import importlib.metadata
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig

import pytest
import salt.config
import salt.fileclient
import salt.fileserver
import yaml

PLUGINS = ("beacons", "grains", "modules", "output", "pillar", "runners", "states")
KINDS = (*PLUGINS, "utils")

# Run in that interpreter: what Salt's loaders offer, from which files, and which copies of onecore they imported.
PROBE = """
import json, sys
import salt.config, salt.loader

opts = salt.config.minion_config(sys.argv[1])
opts["grains"] = salt.loader.grains(opts)
utils = salt.loader.utils(opts)
modules = salt.loader.minion_mods(opts, utils=utils)
states = salt.loader.states(opts, modules, utils, salt.loader.serializers(opts))
runners = salt.loader.runner(opts, utils)
loaders = {
    "beacons": salt.loader.beacons(opts, modules),
    "grains": salt.loader.grain_funcs(opts),
    "modules": modules,
    # What wraps these loaders hides the names of the functions, which are all the same.
    "output": salt.loader.outputters(opts)._dict,
    "pillar": salt.loader.pillars(opts, modules)._dict,
    "runners": runners,
    "states": states,
}
found = {"functions": [], "files": []}
for kind, file, functions in json.loads(sys.argv[2]):
    loader = loaders[kind]
    found["functions"] += [function for function in functions if function in loader]
    found["files"] += [loader.file_mapping[file][0]] if file in loader.file_mapping else []
found["onecore"] = sorted({m.__file__ for name, m in sys.modules.items() if name.split(".")[-1] == "onecore"})
print(json.dumps(found))
"""


def declared(path):
    """The functions of a plugin as they are called, from its source: defined there, or made and given a name."""
    body = ast.parse(path.read_text()).body
    assigned = [node for node in body if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)]
    constants = {node.targets[0].id: node.value for node in assigned}
    name, aliases = (
        ast.literal_eval(constants[constant]) if constant in constants else default
        for constant, default in (("__virtualname__", path.stem), ("__func_alias__", {}))
    )
    defined = [node.name for node in body if isinstance(node, ast.FunctionDef)]
    functions = [each for each in (*filter(str.islower, constants), *defined) if each[0] != "_"]
    return [f"{name}.{aliases.get(function, function)}" for function in functions]


@pytest.fixture(scope="module")
def plugins(repository):
    """[kind, name of the file, its functions] of each in the checkout; there must be some of each kind."""
    plugins = [
        (kind, path.stem, declared(path))
        for kind in PLUGINS
        for path in sorted((repository / "salt" / f"_{kind}").glob("[!_]*.py"))
    ]
    assert {kind for kind, _, functions in plugins if functions} == set(PLUGINS)
    return plugins


@pytest.fixture(scope="module")
def project(repository, tmp_path_factory):
    """A copy of what a build needs, so that building leaves nothing behind in the checkout."""
    copy = tmp_path_factory.mktemp("project")
    for name in ("setup.cfg", "setup.py", "pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(repository / name, copy)
    ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("src", *(f"salt/_{kind}" for kind in KINDS), "salt/states", "salt/orch", "salt/reactor"):
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


def interpreter(environment, *folders):
    """An interpreter in a folder, with the packages of this one and of other folders."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    site = sysconfig.get_path("purelib", vars={"base": str(environment)})
    with open(os.path.join(site, "others.pth"), "w") as pth:
        pth.write("".join(f"{folder}\n" for folder in (sysconfig.get_path("purelib"), *folders)))
    return environment / "bin" / "python"


@pytest.fixture(scope="module")
def editable_python(project, tmp_path_factory):
    """An interpreter with an editable install, whose ``.pth`` only a site folder honours."""
    python = interpreter(tmp_path_factory.mktemp("editable"))
    pip("--python", python, "install", "--no-index", "--no-deps", "--no-build-isolation", "--editable", project)
    return python


@pytest.fixture(scope="module")
def salt_pip(tmp_path_factory):
    """Calls Salt's own salt-pip; an interpreter and the folder where it installs, as in Salt's packages.

    There, Salt's Python is the root of all that is Salt's, and has the folder of salt-pip on its path.
    """
    root = tmp_path_factory.mktemp("onedir")
    extras = root / "extras-{}.{}".format(*sys.version_info)
    python = interpreter(root, extras)
    (root / "minion").write_text(json.dumps({"root_dir": str(root), "id": "delivered"}))
    # Nothing is fetched: what the package needs is there, and no index is asked.
    environment = {**os.environ, "PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0"}
    environment |= {"SALT_MINION_CONFIG": str(root / "minion")}
    script = "import pathlib, sys; sys.RELENV = pathlib.Path(sys.prefix); from salt.scripts import salt_pip; salt_pip()"

    def called(command):
        name, *words = shlex.split(command)
        assert name == "salt-pip"
        done = subprocess.run(
            [python, "-c", script, *words], env=environment, cwd=root, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return python, extras

    return called


class Minion:
    """A masterless minion with a clean cache, started again for each command."""

    def __init__(self, root, repository, plugins, **settings):
        self.root, self.plugins = root, plugins
        config = {
            "id": "delivered",
            "root_dir": str(root),
            "file_client": "local",
            "log_file": str(root / "minion.log"),
            "file_roots": {"base": [str(repository / "salt")]},
            **settings,
        }
        (root / "minion").write_text(json.dumps(config))
        # Runners are the master's to sync; here both keep what they sync in one place.
        (root / "var" / "cache" / "salt" / "master" / "proc").mkdir(parents=True, exist_ok=True)
        (root / "master").write_text(json.dumps({**config, "id": "master", "extension_modules": str(self.extmods)}))

    @property
    def extmods(self):
        return self.root / "var" / "cache" / "salt" / "minion" / "extmods"

    def run(self, arguments, python=sys.executable, site=None):
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        environment |= {"PYTHONPATH": str(site)} if site else {}
        done = subprocess.run(
            [python, *map(str, arguments)], env=environment, cwd=self.root, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def sync(self):
        """``saltutil.sync_all`` on the minion, and of runners on the master; the folder they are in afterwards."""
        flags = [f"--config-dir={self.root}", "--log-level=quiet", "--out=json"]
        script = "from salt.scripts import salt_call; salt_call()"
        synced = self.run(["-c", script, "--local", *flags, "saltutil.sync_all"])["local"]
        assert "utils.onecore.wire.client" in synced["utils"]
        assert "grains.opennebula" in synced["grains"]
        script = "from salt.scripts import salt_run; salt_run()"
        runners = self.run(["-c", script, *flags, "saltutil.sync_runners"])
        assert {"runners.onegateway", "runners.onelab"} <= set(runners)
        return self.extmods

    def loaded(self, **interpreter):
        return self.run(["-c", PROBE, self.root / "minion", json.dumps(self.plugins)], **interpreter)

    def check(self, folder, **interpreter):
        """All functions load, each plugin and the one copy of onecore from that folder."""
        found = self.loaded(**interpreter)
        assert found["functions"] == [function for *_, functions in self.plugins for function in functions]
        assert len(found["files"]) == len(self.plugins)
        assert len(found["onecore"]) == 1
        for file in found["files"] + found["onecore"]:
            assert file.startswith(f"{folder}{os.sep}")


@pytest.fixture
def make_minion(tmp_path, repository, plugins):
    return lambda **settings: Minion(tmp_path, repository, plugins, **settings)


def test_without_any_delivery_there_is_nothing(make_minion):
    assert make_minion().loaded() == {"functions": [], "files": [], "onecore": []}


def test_module_directory(make_minion, in_place, repository):
    make_minion(**in_place).check(repository / "salt")


def test_synced(make_minion):
    minion = make_minion()
    minion.check(minion.sync())


def test_wheel(make_minion, wheel_site):
    make_minion().check(wheel_site, site=wheel_site)


def test_editable(make_minion, editable_python, project):
    make_minion().check(project, python=editable_python)


def test_salt_pip(make_minion, salt_pip, project, repository):
    """As README and the page on the installation have it; the SLS files are where the second command says.

    The version that is installed first has a module and an SLS file that the next one has no longer.
    """
    gone = (project / "salt" / "_modules" / "gone.py", project / "salt" / "states" / "gone.sls")
    for path in gone:
        path.write_text("# Gone in the next version.\n")
    pages = [(repository / name).read_text() for name in ("README.md", "docs/installation.md")]
    command, source = "salt-pip install /srv/salt-opennebula", "/srv/salt-opennebula"
    shown = "/opt/saltstack/salt/bin/python3 -m saltext.opennebula"
    for page in pages:
        lines = {line.partition(" #")[0].rstrip() for line in page.splitlines()}
        assert {f"    {command}", f"    {shown}"} <= lines
    python, extras = salt_pip(command.replace(source, str(project)))
    minion = make_minion()
    minion.check(extras, python=python)
    told = subprocess.run(
        [python, *shlex.split(shown)[1:]], cwd=minion.root, capture_output=True, text=True, check=True
    )
    roots = yaml.safe_load(told.stdout)["file_roots"]["base"]
    assert roots[1:] == [f"{extras}/saltext/opennebula/sls/states", f"{extras}/saltext/opennebula/sls"]
    # What the page on upgrades has, and the last command of the first page.
    command = "salt-pip install --upgrade /srv/salt-opennebula"
    assert f"\n       {command}\n" in (repository / "docs" / "upgrade.md").read_text()
    installed = [extras / "saltext" / "opennebula" / name for name in ("modules/gone.py", "sls/states/gone.sls")]
    assert all(path.is_file() for path in installed)
    for path in gone:
        path.unlink()
    salt_pip(command.replace(source, str(project)))
    assert not any(path.exists() for path in installed)
    minion.check(extras, python=python)
    assert "salt-pip uninstall saltext.opennebula" in pages[1]
    salt_pip("salt-pip uninstall --yes saltext.opennebula")
    assert minion.loaded(python=python) == {"functions": [], "files": [], "onecore": []}


def test_synced_wins_over_wheel(make_minion, wheel_site):
    minion = make_minion()
    minion.check(minion.sync(), site=wheel_site)


def test_synced_wins_over_editable(make_minion, editable_python):
    minion = make_minion()
    minion.check(minion.sync(), python=editable_python)


def test_wheel_holds_every_file(wheel_site, repository):
    package = wheel_site / "saltext" / "opennebula"
    for kind in KINDS:
        source = repository / "salt" / f"_{kind}"
        assert files(package / kind) == files(source)


def test_wheel_holds_the_sls_files(wheel_site, repository, tmp_path):
    """They are where the package says, and Salt finds them there."""
    environment = {**os.environ, "PYTHONPATH": str(wheel_site)}
    command = [sys.executable, "-m", "saltext.opennebula"]
    said = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    roots = yaml.safe_load(said)["file_roots"]["base"]
    assert roots[0] == "/srv/salt"
    config = {"root_dir": str(tmp_path), "file_client": "local", "file_roots": {"base": roots[1:]}, "id": "delivered"}
    (tmp_path / "minion").write_text(json.dumps(config))
    options = salt.config.minion_config(str(tmp_path / "minion"))
    found = salt.fileclient.get_file_client(options).list_states("base")
    assert {"opennebula", "gateway", "orch.add_user", "reactor.enrolment"} <= set(found)
    for source in ("states", "orch", "reactor"):
        every = [path for path in (repository / "salt" / source).rglob("*") if path.is_file()]
        assert every
        for path in every:
            name = path.relative_to(repository / "salt")
            assert (wheel_site / "saltext/opennebula/sls" / name).read_bytes() == path.read_bytes()


def test_git_serves_every_file(repository, tmp_path, make_minion):
    """As the page on the installation has it; what is synced from there loads."""
    git = ("git", "-c", "user.name=x", "-c", "user.email=x@example.org")
    served = tmp_path / "served"
    shutil.copytree(repository / "salt", served / "salt", ignore=shutil.ignore_patterns("__pycache__"))
    for words in (("init", "--quiet", "--initial-branch=main"), ("add", "--all"), ("commit", "--quiet", "--message=x")):
        subprocess.run([*git, *words], cwd=served, check=True)
    section = (repository / "docs" / "installation.md").read_text().partition("### From Git\n")[2]
    shown = section.partition("```yaml\n")[2].partition("```")[0]
    shown = yaml.safe_load(shown.replace("https://git.example.org/salt-opennebula.git", served.as_uri()))
    config = {"root_dir": str(tmp_path), "file_client": "local", "id": "delivered", **shown}
    (tmp_path / "minion").write_text(json.dumps(config))
    options = salt.config.minion_config(str(tmp_path / "minion"))
    salt.fileserver.Fileserver(options).update()
    client = salt.fileclient.get_file_client(options)
    assert {"opennebula", "gateway"} <= set(client.list_states("base"))
    modules = {f"_modules/{path.name}" for path in (repository / "salt" / "_modules").glob("*.py")}
    assert modules <= set(client.file_list("base"))
    minion = make_minion(**shown)
    minion.check(minion.sync())


def files(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.py")}


def test_wheel_metadata(wheel_site):
    (distribution,) = importlib.metadata.distributions(name="saltext.opennebula", path=[str(wheel_site)])
    assert distribution.metadata["Requires-Python"] == ">=3.10"
    links = re.findall(r"\]\((.+?)\)", distribution.metadata.get_payload() or distribution.metadata["Description"])
    assert len(links) > 20
    assert all(link.startswith("https://") for link in links), "a package index has none of the README's files"
    assert not (wheel_site / "saltext" / "__init__.py").exists(), "saltext is a namespace shared with other extensions"
    (entry,) = distribution.entry_points
    assert (entry.group, entry.value) == ("salt.loader", "saltext.opennebula:loader_dirs")
