"""Canaries: secrets by name, by source and by declaration, in all output of Salt."""

import base64
import json
import xmlrpc.client

import pytest
import salt.config
from salt.exceptions import CommandExecutionError

from onecore.basics.secrecy import HIDDEN, KNOWN, Secrets
from onecore.bridge import labs
from onecore.bridge.runners import Progress, failed, failed_with
from onecore.wire.client import is_read
from onesim.embedded import Embedded
from tests.doubles.endpoint import Endpoint, answering

#: What people see whatever the level: Salt's own begin at 1.
EVERYTHING = 1


def canaries(number):
    """Secrets, another of each a number, by how they come to be ones."""
    kinds = ("ACCOUNT", "USER", "NOTE", "SCRIPT", "INFO", "LINES", "NAMED", "DSN", "DECLARED", "SHORT", "ENROL")
    found = {kind: f"canary-{kind.lower()}-{number}-\"'&<" + "x" * 20 for kind in kinds}
    found["LINES"] = f"first canary line of several, {number}\nsecond canary line of several, {number}"
    found["SHORT"] = f"cnry{number}"
    return {**found, "USER": f"canary-user-{number}", "ACCOUNT": "canary-account-1"}


def pillar_of(url, number):
    """A pillar with the canaries of that number; those of a secret store are in the environment."""
    told = canaries(number)
    context = {
        "API_KEY": told["NAMED"],
        "SENTRY_DSN": told["DSN"],
        "LICENCE": told["DECLARED"],
        "NOTE": "sdb://vault/CANARY_NOTE",
        "LINES": "sdb://vault/CANARY_LINES",
        "SHORT": "sdb://vault/CANARY_SHORT",
        "START_SCRIPT": f"login {told['NAMED']} at once",
    }
    network = {"vlan": 0, "cidr": "10.0.0.0/24", "first": "10.0.0.50", "size": 10}
    return {
        "connection": {"endpoint": url, "username": "salt", "password": "sdb://vault/CANARY_ACCOUNT", "retries": 0},
        "secrets": ["LICENCE"],
        "shared": {
            "groups": {"eole": {}},
            "networks": {"EOLE": {"driver": "bridge", "permissions": "604", "first": "192.168.230.11", "size": 9}},
            "templates": {
                "server": {"cpu": 0.1, "memory": 64, "permissions": "644", "attributes": {"LICENCE": told["DECLARED"]}}
            },
        },
        "blueprints": {
            "eole": {
                "group": "eole",
                "vlans": {"first": 2, "last": 4094, "phydev": "eth1"},
                "networks": {"lan": {**network, "attributes": {"INFO": "sdb://vault/CANARY_INFO"}}},
                "gateway": {"template": "server", "uplink": {"network": "EOLE"}, "lan": ["lan"], "context": context},
                "labs": {"school": {"web": {"template": "server", "context": {"NOTE": "sdb://vault/CANARY_NOTE"}}}},
            }
        },
        "users": {
            "alice": {
                "blueprint": "eole",
                "vlan_base": 100,
                "password": "sdb://vault/CANARY_USER",
                "gateway": {"uplink_ip": "192.168.230.12"},
            }
        },
    }


def spoken(number):
    """All ways in which one could read a canary of that number."""
    found = set()
    for value in canaries(number).values():
        for each in (value, *value.splitlines()):
            found |= {each, json.dumps(each)[1:-1], repr(each)[1:-1], base64.b64encode(each.encode()).decode()}
            found |= {each.replace('"', '\\"'), each.replace("&", "&amp;").replace("<", "&lt;")}
    return found


class Echoing:
    """An OpenNebula that can be told to refuse what is written, and repeats it."""

    def __init__(self):
        self.simulated, self.refusing = Embedded(), False
        number = self.simulated.call("one.user.allocate", "salt", canaries(1)["ACCOUNT"], "core", [0])
        assert number == 2
        self.endpoint = Endpoint()
        self.endpoint.otherwise = self.answer

    def answer(self, handler, message):
        params, method = xmlrpc.client.loads(message)
        self.simulated.settle()
        if self.refusing and not is_read(method) and "SALT_LOCK" not in str(params):
            return answering(False, f"[{method}] Parse error near {params}", 0x2000)(handler, message)
        return answering(*self.simulated.answer(method, params)[:3])(handler, message)


@pytest.fixture
def cloud_of_canaries():
    served = Echoing()
    yield served
    served.endpoint.stop()


@pytest.fixture
def salt_with(loaders, pillar, monkeypatch, cloud_of_canaries, state_tree):
    """Salt's modules with the canaries of a number: ``salt_with(1)``."""

    def configured(number, **changed):
        # It is another process, which knows nothing of what was.
        vars(KNOWN).update(vars(Secrets()))
        for name, value in canaries(number).items():
            monkeypatch.setenv(f"CANARY_{name}", value)
        pillar({"opennebula": {**pillar_of(cloud_of_canaries.endpoint.url, number), **changed}})
        return loaders.modules

    return configured


SLS = """
everything:
  opennebula.shared: []
alice:
  opennebula.infrastructure: [{prune: true}]
single:
  onevm.present:
    - {owner: alice, template: server, template_owner: oneadmin, context: {NOTE: "sdb://vault/CANARY_NOTE"}}
  onetemplate.present:
    - {memory: 64, attributes: {INFO: "sdb://vault/CANARY_INFO"}}
"""


@pytest.fixture
def said(caplog, capfd):
    """Collect what is said: ``said(anything)``; ``said()`` is all of it, with what is printed and logged meanwhile."""
    caplog.set_level(EVERYTHING)
    found = []

    def add(*anything):
        found.extend(str(each) for each in anything)
        found.extend(capfd.readouterr())
        return "\n".join([*found, caplog.text, *map(str, caplog.records)])

    return add


def sung(text):
    """The canaries that somebody who reads a text learns of."""
    return sorted(each for number in (1, 2) for each in spoken(number) if each in text)


def applied(modules, test):
    """Apply the states; returns what Salt returns, and the comments of those that failed."""
    returned = modules.state.apply("canaries", test=test).raw
    assert len(returned) >= 4
    return returned, [each["comment"] for each in returned.values() if each["result"] is False]


def told(modules):
    """What functions tell of the cloud and of the pillar, and how they fail."""
    yield modules.opennebula.validate()
    yield modules.opennebula.plan()
    yield modules.opennebula.status()
    for module, names in [("onevm", "gateway single"), ("onevnet", "lan"), ("oneuser", "alice salt"),
                          ("onetemplate", "server single")]:  # fmt: skip
        for name in names.split():
            yield modules[f"{module}.show"](name)
    for module in ("onevm", "onevnet", "oneuser", "onetemplate"):
        yield modules[f"{module}.list"]()
    with pytest.raises(CommandExecutionError) as caught:
        modules.onevm.show("nothing of the sort")
    yield caught.value, repr(caught.value)


def test_no_canary_sings(salt_with, cloud_of_canaries, state_tree, said):
    for number in (1, 2):
        modules = salt_with(number)
        (state_tree / "canaries.sls").write_text(SLS)
        for test in (True, False, True, False):
            returned, failed = applied(modules, test)
            said(returned)
            assert failed == []
        said(*told(modules))
    assert HIDDEN in said()
    assert sung(said()) == []


def test_no_canary_sings_when_opennebula_says_no_and_repeats_it(salt_with, cloud_of_canaries, state_tree, said):
    (state_tree / "canaries.sls").write_text(SLS)
    for number in (1, 2):
        modules = salt_with(number)
        cloud_of_canaries.refusing = True
        returned, failed = applied(modules, False)
        said(returned)
        assert len(failed) > 3
        assert any("Parse error near" in comment for comment in failed)
        with pytest.raises(CommandExecutionError, match="Parse error") as caught:
            modules.onetemplate.create("x", {"NOTE": canaries(number)["NOTE"], "DB_PASS": canaries(number)["NAMED"]})
        said(caught.value)
        cloud_of_canaries.refusing = False
        assert applied(modules, False)[1] == []
    assert "Parse error near" in said()
    assert sung(said()) == []


@pytest.mark.parametrize("place", ["vlan_base", "blueprint", "enabled", "groups", "nothing"])
def test_no_canary_sings_when_the_pillar_has_a_fault(salt_with, state_tree, said, place):
    told = canaries(1)
    alice = {"blueprint": "eole", "vlan_base": 100, "token": told["NAMED"], place: told["NAMED"]}
    modules = salt_with(1, users={"alice": alice, "bob": {"password": f"{told['DSN']} with blanks"}})
    (state_tree / "canaries.sls").write_text("alice: {opennebula.infrastructure: []}\n")
    faults = modules.opennebula.validate()
    assert len(faults) > 1
    said(faults, modules.state.apply("canaries").raw)
    with pytest.raises(CommandExecutionError) as caught:
        modules.opennebula.plan()
    said(caught.value)
    assert sung(said()) == []


@pytest.mark.parametrize("trouble", ["password", "store", "endpoint"])
def test_no_canary_sings_when_nobody_gets_in(salt_with, cloud_of_canaries, state_tree, said, monkeypatch, trouble):
    modules = salt_with(1)
    (state_tree / "canaries.sls").write_text(SLS)
    if trouble == "password":
        cloud_of_canaries.simulated.call("one.user.passwd", 2, "another")
    elif trouble == "store":
        monkeypatch.delenv("CANARY_NOTE")
    else:
        cloud_of_canaries.endpoint.otherwise = lambda handler, message: None
    said(*applied(modules, False))
    with pytest.raises(CommandExecutionError) as caught:
        modules.opennebula.plan()
    said(caught.value)
    assert sung(said()) == []


class Bus:
    """Salt's event bus, as a runner has it."""

    base = "salt/run/20260101000000000000"

    def __init__(self):
        self.fired, self.event = [], self

    def fire_event(self, data, tag, timeout=0):
        self.fired.append((tag, data))
        return True


def test_no_canary_sings_on_the_bus_and_in_reports(salt_with, cloud_of_canaries, state_tree, said, tmp_path, in_place):
    modules = salt_with(1)
    (state_tree / "canaries.sls").write_text(SLS)
    assert applied(modules, False)[1] == []
    declared = pillar_of(cloud_of_canaries.endpoint.url, 1)
    opts = {
        **salt.config.master_config(None),
        **{name: str(tmp_path / name) for name in ("root_dir", "cachedir", "extension_modules")},
        **in_place,
        "id": "master",
        "vault": {"driver": "env"},
        "opennebula": declared,
        "pillar_roots": {"base": [str(tmp_path)]},
    }
    bus, report = Bus(), tmp_path / "report.xml"
    runner = {"__opts__": opts, "__jid_event__": bus}
    given = {**dict.fromkeys(("user", "vm", "limit", "profile", "junit")), "lab": "school", "kwargs": {}}
    said(labs.work(runner, "build", {**given, "test": True}), labs.state(runner, given))
    cloud_of_canaries.refusing = True
    with pytest.raises(CommandExecutionError) as caught:
        labs.work(runner, "build", {**given, "test": False, "junit": str(report)})
    said(caught.value, bus.fired, report.read_text())
    assert bus.fired
    assert "Parse error near" in said()
    assert sung(said()) == []


def test_what_runners_tell_is_discreet(said):
    KNOWN.remember(canaries(1))
    bus = Bus()
    runner = {"__opts__": {}, "__jid_event__": bus}
    progress = Progress(runner)
    secret = canaries(1)["NOTE"]
    progress.step(f"it was {secret}", place={"note": secret})
    said(bus.fired, failed(f"it is {secret}"), failed_with(runner, f"it is {secret}", {"vms": {"a": {"note": secret}}}))
    bus.fire_event({"return": "an exception"}, "the end")
    said(bus.fired)
    assert [tag for tag, _ in bus.fired] == [f"{Bus.base}/progress", "the end"]
    assert said().count(HIDDEN) > 8
    assert sung(said()) == []
