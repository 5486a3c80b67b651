"""The runner of labs in a master's loader: its pillar, its output, and its failures."""

import inspect
import json
import os
import re
import shlex
import weakref
from types import SimpleNamespace

import pytest
import salt.config
import salt.loader
import salt.runner
from salt.exceptions import CommandExecutionError, NotImplemented

from onecore.bridge.runners import Progress, failed_with
from onecore.engine.report import Report
from onecore.kinds.vm.kind import VM

CLOUD = {
    "connection": {"endpoint": "http://127.0.0.1:9/RPC2", "username": "oneadmin", "password": "x", "retries": 0},
    "blueprints": {
        "eole": {
            "labs": {"school": {"web": {"template": "debian", "after": ["db"]}, "db": {"template": "debian"}}},
        }
    },
    "users": {"alice": {"blueprint": "eole"}, "bob": {"blueprint": "eole"}},
}
SCHOOL = ["db", "web"]


class Bus:
    """Salt's event bus, as a runner has it."""

    base = "salt/run/20260101000000000000"

    def __init__(self, reached=True):
        self.fired, self.reached, self.event = [], reached, self

    def fire_event(self, data, tag, timeout):
        self.fired.append((tag, data))
        return self.reached


@pytest.fixture
def options(tmp_path, in_place, salt_factories_config):
    """Make a master's options: ``options({file: content}, option=value)``; the top file maps ids to files."""

    def configured(pillar, top=None, **options):
        root = tmp_path / "pillar"
        root.mkdir(exist_ok=True)
        (root / "top.sls").write_text(json.dumps({"base": top or {"*": list(pillar)}}))
        for name, content in pillar.items():
            text = content if isinstance(content, str) else f"#!json\n{json.dumps(content)}\n"
            (root / f"{name}.sls").write_text(text)
        return {
            **salt.config.master_config(None),
            "id": "salt_master",
            "root_dir": str(tmp_path),
            "cachedir": str(tmp_path / "cache"),
            "extension_modules": str(tmp_path / "extmods"),
            "pillar_roots": {"base": [str(root)]},
            **in_place,
            **options,
        }

    return configured


@pytest.fixture
def master(options):
    """Make a master's runners: ``master({file: content}, option=value)``; the top file maps ids to files."""

    def make(pillar, top=None, **more):
        opts = options(pillar, top, **more)
        return salt.loader.runner(opts, salt.loader.utils(opts))

    return make


@pytest.fixture
def called(options, capsys, cloud, connection):
    """Have Salt call a function, as ``salt-run --out=json`` does: what Salt returns, and what it prints."""
    declared = {**CLOUD, "connection": connection(cloud)}

    def call(function, **given):
        opts = options({"cloud": {"opennebula": declared}}, output="json")
        for folder in (opts["cachedir"], opts["sock_dir"]):
            os.makedirs(os.path.join(folder, "proc"), exist_ok=True)
        client = salt.runner.Runner({**opts, "fun": function, "arg": [f"{key}={given[key]}" for key in given]})
        capsys.readouterr()
        returned = client.run(full_return=True)
        out, err = capsys.readouterr()
        return returned, out, err

    return call


def test_it_lists_what_the_masters_own_pillar_declares(master):
    runners = master({"cloud": {"opennebula": CLOUD}})
    assert runners["onelab.list"]() == [{"user": user, "lab": "school", "vms": SCHOOL} for user in ("alice", "bob")]
    bobs = runners["onelab.list"](user="bob", lab="school")
    assert bobs == [{"user": "bob", "lab": "school", "vms": SCHOOL}]


def test_the_pillar_of_a_minion(master):
    top = {"cloud.example.org": ["cloud"], "salt_master": ["nothing"]}
    pillar = {"cloud": {"opennebula": CLOUD}, "nothing": {}}
    assert len(master(pillar, top, opennebula_minion="cloud.example.org")["onelab.list"]()) == 2
    with pytest.raises(CommandExecutionError, match="has no key opennebula; set opennebula_minion in the master's"):
        master(pillar, top)["onelab.list"]()


def test_doctor_names_the_minion_whose_pillar_it_has_read(master):
    runners = master({"cloud": {"opennebula": CLOUD}}, opennebula_minion="cloud.example.org")
    (advice,) = (each for each in runners["opennebula.doctor"](format="data")["checks"] if each["check"] == "pillar")
    assert advice["finding"] == "the pillar of cloud.example.org has 2 users and no errors"


def test_what_the_masters_configuration_says_comes_first(master):
    users = {"users": {"zoe": {"blueprint": "eole"}}}
    runners = master({"cloud": {"opennebula": CLOUD}}, opennebula=users)
    assert [row["user"] for row in runners["onelab.list"]()] == ["zoe"]
    assert len(master({}, opennebula=CLOUD)["onelab.list"]()) == 2


def test_a_pillar_that_cannot_be_compiled(master):
    with pytest.raises(CommandExecutionError, match=r"The pillar of salt_master cannot be compiled: .*broken"):
        master({"broken": "{% if %}"})["onelab.list"]()


def test_faults_of_the_pillar_are_all_told(master):
    faulty = {**CLOUD, "users": {"alice": {"blueprint": "eloe"}, "bob": {"blueprint": "eole", "lbas": {}}}}
    with pytest.raises(CommandExecutionError) as caught:
        master({"cloud": {"opennebula": faulty}})["onelab.build"]("school")
    assert "has 2 errors" in str(caught.value)
    assert "did you mean eole?" in str(caught.value)


@pytest.mark.parametrize(
    ("function", "given", "said"),
    [
        ("build", {}, "Lab, user or vm must be given."),
        ("build", {"lab": "school", "usr": "alice"}, "Unknown argument usr, did you mean 'user'?"),
        ("list", {"lap": "school"}, "Unknown argument lap, did you mean 'lab'?"),
        ("destroy", {}, "Lab, user or vm must be given."),
        ("build", {"lab": "shcool"}, "The pillar declares no lab shcool, did you mean 'school'?"),
        ("reset", {"user": "alcie"}, "The pillar declares no user alcie, did you mean 'alice'?"),
        ("stop", {"user": "alice", "vm": "wbe"}, "None of these labs has a VM wbe, did you mean 'web'?"),
        ("destroy", {"lab": None, "user": "alice"}, "Lab: to destroy a lab, name it."),
        ("build", {"lab": "school", "limit": 0}, "Limit: "),
        ("build", {"lab": "school", "test": "maybe"}, "Test: "),
        ("build", {"lab": "school", "profile": "lab"}, "There is no profile 'lab'"),
        ("build", {"lab": 5}, "Lab: must be a name, names separated by commas, or a list of names, not 5."),
        ("build", {"lab": "school"}, "127.0.0.1:9"),
        ("status", {}, "127.0.0.1:9"),
    ],
)
def test_it_fails_with_one_sentence(master, function, given, said):
    runners = master({"cloud": {"opennebula": CLOUD}})
    with pytest.raises(CommandExecutionError) as caught:
        runners[f"onelab.{function}"](**given)
    assert said in str(caught.value)
    # Only of this class does Salt show the text alone, without a traceback.
    assert isinstance(caught.value, NotImplemented)


def test_a_failure_tells_what_became_of_everything(called):
    returned, out, err = called("onelab.build", lab="school", user="alice,bob", vm="db")
    told = json.loads(out)
    assert returned["retcode"] == 1
    assert returned["success"] is False
    assert returned["return"] == {"outputter": "opennebula", "data": told}
    assert {key: row["outcome"] for key, row in told["vms"].items()} == {"alice/db": "failed", "bob/db": "failed"}
    assert told["totals"]["failed"] == 2
    assert told["error"].startswith("2 of 2 VMs failed:\n- ")
    assert told["error"] not in err


def test_an_expiry_that_fails_tells_of_all_vms(called, monkeypatch):
    reports = [Report(VM, "probe", "alice", "remove", 3, error="no answer"), Report(VM, "web", "bob", "remove", 4)]
    monkeypatch.setattr("onecore.bridge.vms.remove_expired", lambda *_, **__: reports)
    returned, out, _ = called("onevm.expire")
    told = json.loads(out)
    assert returned["retcode"] == 1
    assert [row["name"] for row in told["vms"]] == ["probe", "web"]
    assert told["error"].startswith("1 of 2 VMs could not be removed:\nVM probe of alice")


def test_an_argument_that_is_none_is_an_error(called):
    returned, out, _ = called("onelab.build", lab="school", usr="alice")
    assert returned["retcode"] == 1
    assert json.loads(out) == "Unknown argument usr, did you mean 'user'?"


def test_a_run_that_cannot_begin_tells_why(called):
    returned, out, _ = called("onelab.build", lab="shcool")
    assert returned["retcode"] == 1
    assert json.loads(out) == returned["return"] == "The pillar declares no lab shcool, did you mean 'school'?"


def test_steps_are_lines_and_events(capsys):
    bus = Bus()
    progress = Progress({"__opts__": {}, "__jid_event__": bus})
    progress.step("1/2 alice school db: created", vm="db", over=1)
    assert bus.fired == [(f"{bus.base}/progress", {"vm": "db", "over": 1, "message": "1/2 alice school db: created"})]
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"\[ +0\.\d s\] 1/2 alice school db: created\n", err)


def test_a_bus_without_a_master_is_tried_once(capsys):
    bus = Bus(reached=False)
    progress = Progress({"__opts__": {"quiet": True}, "__jid_event__": bus})
    progress.step("a")
    progress.step("b")
    assert len(bus.fired) == 1
    assert capsys.readouterr() == ("", "")


def test_a_bus_that_salt_could_not_reach_is_not_tried_again():
    bus = Bus()
    bus.cpush = False
    Progress({"__opts__": {"quiet": True}, "__jid_event__": bus}).step("a")
    assert bus.fired == []


def test_the_bus_of_a_job_that_is_over_is_none(capsys):
    runner = {"__opts__": {"quiet": True}, "__jid_event__": weakref.proxy(Bus())}
    Progress(runner).step("a")
    assert str(failed_with(runner, "it failed", {})) == "it failed"


def test_without_a_bus():
    Progress({"__opts__": SimpleNamespace(get=lambda key: True)}).step("a")


def test_every_function_is_documented(master):
    runners = master({})
    functions = {name: runners[name] for name in runners if name.startswith("onelab.")}
    assert {"onelab.list", "onelab.status", "onelab.build", "onelab.reset", "onelab.stop"} < set(functions)
    for name, function in functions.items():
        text = inspect.cleandoc(function.__doc__)
        named = {word for line in re.findall(r"^([a-z_, ]+)$", text, re.MULTILINE) for word in line.split(", ")}
        known = set(inspect.signature(function).parameters) - {"kwargs"}
        assert named == known, f"{name}: its docstring tells of {sorted(named)}"
        _, found, example = text.partition("CLI Example:\n\n.. code-block:: bash\n\n")
        assert found, f"{name} has no CLI example"
        for line in example.strip().splitlines():
            command, called, *rest = shlex.split(line)
            assert (command, called) == ("salt-run", name), line
            words = [word for word in rest if not word.startswith("--")]
            named = dict(word.split("=", 1) for word in words if "=" in word)
            assert set(named) <= known, line
            inspect.signature(function).bind(*[word for word in words if "=" not in word], **named)
