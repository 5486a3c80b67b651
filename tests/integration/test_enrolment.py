"""Gateways become minions with the ticket in their context, at a master that accepts no keys automatically."""

import importlib
import os
import time
from base64 import b64encode

import pytest
import salt.utils.crypt

from onesim.testing import running
from tests.integration.guest import Guest
from tools.masterless import Witness

SECRET = "a secret of thirty-two characters"
NETWORKS = {"lan": {"vlan": 0, "cidr": "10.0.0.0/24", "first": "10.0.0.50", "size": 50}}


@pytest.fixture(scope="module")
def master(salt_factories, repository):
    daemon = salt_factories.salt_master_daemon(
        "enrolment-master",
        # Otherwise pytest-salt-factories accepts every key that is pending.
        on_auth_event_callback=lambda master, event: None,
        overrides={
            "file_roots": {"base": [str(repository / "salt")]},
            "auth_events_autosign_grains": ["pend", "denied"],
            "reactor": [{"salt/auth": ["salt://reactor/enrolment.sls"]}],
            "opennebula_enrolment": {"secret": SECRET},
        },
    )
    synced = daemon.salt_run_cli(timeout=120).run("saltutil.sync_all")
    assert "runners.onegateway" in synced.data["runners"]
    with daemon.started():
        yield daemon


@pytest.fixture(scope="module")
def run(master):
    """Call a runner: ``run("onegateway.list")``."""

    def call(function, *arguments):
        done = master.salt_run_cli(timeout=120).run(function, *arguments)
        assert done.returncode == 0, done
        return done.data

    return call


@pytest.fixture(scope="module")
def keys(master):
    """The states of a minion's keys, as ``salt-key`` shows them."""

    def of(minion_id):
        shown = master.salt_key_cli(timeout=120).run("-L").data
        return {state for state, names in shown.items() if minion_id in names}

    return of


@pytest.fixture(scope="module")
def ping(master):
    def call(minion_id):
        return master.salt_cli(timeout=60).run("--timeout=20", "test.ping", minion_tgt=minion_id).data

    return call


@pytest.fixture
def comments(master, event_listener):
    """What the runner told of a minion since the test began."""
    begun = time.time()

    def of(minion_id):
        events = event_listener.get_events([(master.id, "salt/run/*/ret")], after_time=begun)
        told = [event.data["return"] for event in events if event.data.get("fun") == "runner.onegateway.admit"]
        return [each["comment"] for each in told if each["minion_id"] == minion_id]

    return of


@pytest.fixture
def guests(master, salt_root):
    """Make machines, which are switched off after the test."""
    made = []

    def make():
        made.append(Guest(master, salt_root / f"guest{time.monotonic_ns()}"))
        return made[-1]

    yield make
    for guest in made:
        guest.power_off()


@pytest.fixture(scope="module")
def finger(master):
    return salt.utils.crypt.pem_finger(os.path.join(master.config["pki_dir"], "master.pub"))


@pytest.fixture(scope="module")
def cloud():
    with running() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def converge(salt_factories, repository, cloud, connection, finger):
    """Make what is declared for a user, as the minion that manages the cloud; ``converge("alice", test=True)``."""
    gateway = {
        "template": "gateway",
        "lan": ["lan"],
        "enrol": {"master": "127.0.0.1", "master_finger": finger, "secret": SECRET},
    }
    blueprint = {"vlans": {"phydev": "eth1"}, "networks": NETWORKS, "gateway": gateway, "prune": True}
    pillar = {
        "connection": connection(cloud),
        "shared": {"templates": {"gateway": {"cpu": 1, "memory": "64M", "permissions": "644"}}},
        "blueprints": {"eole": blueprint},
        "users": {"alice": {"blueprint": "eole", "vlan_base": 100}},
    }
    folder = repository / "salt"
    overrides = {
        "file_client": "local",
        "module_dirs": [str(folder)],
        "states_dirs": [str(folder / "_states")],
        "opennebula": pillar,
    }
    cli = salt_factories.salt_minion_daemon("enrolment-cloud", overrides=overrides).salt_call_cli(timeout=120)

    def apply(**options):
        flags = [f"{key}={value}" for key, value in options.items()]
        assert cli.run("--local", "state.single", "opennebula.shared", "everybody").returncode == 0
        done = cli.run("--local", "state.single", "opennebula.infrastructure", "alice", *flags)
        assert done.returncode == 0, done
        assert SECRET not in done.stdout + done.stderr
        return done

    apply.cli = cli
    return apply


@pytest.fixture
def context(cloud, converge):
    """The context of alice's gateway, as its guest gets it."""
    witness = Witness(cloud.endpoint)

    def read():
        vms = witness.pool("one.vmpool.infoextended", -2, -1, -1, -1).iterfind("VM")
        vm = next(vm for vm in vms if vm.findtext("NAME") == "gateway")
        return {each.tag: each.text or "" for each in vm.find("TEMPLATE/CONTEXT")}

    return read


@pytest.fixture
def issued(repository, monkeypatch, finger):
    """A context with a ticket for a minion id, as somebody else may have made it."""
    monkeypatch.syspath_prepend(str(repository / "salt" / "_utils"))
    enrolment = importlib.import_module("onecore.enrolment.tickets")
    script = b64encode(importlib.import_module("onecore.enrolment.script").SCRIPT.encode()).decode()

    def make(minion_id, ticket_for=None, secret=SECRET, lifetime=60):
        told = {"SALT_MASTER": "127.0.0.1", "SALT_MASTER_FINGER": finger, "SALT_MINION_ID": minion_id}
        token = enrolment.issue(secret, ticket_for or minion_id, lifetime)
        return {**told, "START_SCRIPT_BASE64": script, "SALT_ENROLMENT_TOKEN": token}

    return make


def until(check, seconds=120):
    """Wait until something is so, however slow the machine is."""
    end = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < end, "it did not come so far in time"
        time.sleep(0.5)
    return found


def test_a_gateway_becomes_a_minion_without_hands(converge, context, guests, keys, ping, comments, run):
    assert converge(test=True)
    converge()
    told = context()
    assert "SALT_ENROLMENT_TOKEN" in told
    converge()
    assert context() == told, "a second run leaves the ticket alone"
    first = guests()
    first.boot(told)
    until(lambda: keys("gw-alice") == {"minions"})
    until(lambda: ping("gw-alice") is True)
    assert "is accepted" in comments("gw-alice")
    (entry,) = run("onegateway.list").values()
    assert entry["accepted"] and entry["keys"] == ["minions"]

    # The same ticket from another machine: what was accepted stays, the other one stays outside.
    thief = guests()
    thief.boot(told)
    until(lambda: "its ticket was used already" in comments("gw-alice"))
    assert keys("gw-alice") == {"minions", "minions_denied"}
    assert ping("gw-alice") is True
    thief.power_off()

    # Made again, it has a new ticket, and takes the place of the one before.
    first.power_off()
    converge.cli.run("--local", "state.single", "onevm.absent", "gateway", "owner=alice")
    converge()
    again = context()
    assert again["SALT_ENROLMENT_TOKEN"] != told["SALT_ENROLMENT_TOKEN"]
    guests().boot(again)
    until(lambda: "is accepted, in place of another one" in comments("gw-alice"))
    until(lambda: ping("gw-alice") is True)

    # The one before does not come back.
    first.boot(told)
    until(lambda: "its ticket is older than the last one that was used, or was revoked" in comments("gw-alice"))

    assert set(run("onegateway.revoke", "gw-alice")) >= {"minions"}
    until(lambda: "minions" not in keys("gw-alice"))


@pytest.mark.parametrize(
    ("minion_id", "how", "why"),
    [
        ("gw-bob", {"ticket_for": "gw-carol"}, "its ticket was not issued for this minion ID"),
        ("gw-dave", {"secret": "another secret of 32 characters!"}, "its ticket was not issued for this minion ID"),
        ("gw-erin", {"lifetime": 0}, "its ticket has expired"),
    ],
)
def test_a_ticket_that_is_no_good(issued, guests, keys, comments, minion_id, how, why):
    guests().boot(issued(minion_id, **how))
    until(lambda: any(comment.startswith(why) for comment in comments(minion_id)))
    assert keys(minion_id) == {"minions_pre"}


def test_a_minion_serves_no_other_master(issued, guests, ping):
    guest = guests()
    guest.boot({**issued("gw-frank"), "SALT_MASTER_FINGER": ":".join(["00"] * 32)})
    until(lambda: guest.minion.poll() is not None)
    assert ping("gw-frank") is not True
