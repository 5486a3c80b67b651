"""The main job with a real master and minion: synced modules, and the pillar of the master."""

import json

import pytest

from onesim.testing import running
from tools.masterless import Witness, calls_between, writes

USERS = ("alice", "basile", "camille")
CONTEXT = {"LIST_OF_NAMES": "a, b", "PLAIN": "vis-à-vis"}


@pytest.fixture(scope="module")
def embedded():
    with running() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def witness(embedded):
    return Witness(embedded.endpoint)


@pytest.fixture(scope="module")
def pillar(pillar_tree, embedded):
    """The example pillar with three users, pointed at the embedded cloud. Call it to write one more file."""
    users = pillar_tree / "opennebula" / "users"
    for file in users.glob("*.sls"):
        if file.stem not in USERS:
            file.unlink()

    def write(name, content):
        file = pillar_tree / "opennebula" / "users" / f"{name}.sls"
        if content is None:
            file.unlink(missing_ok=True)
        elif isinstance(content, str):
            file.write_text(content)
        else:
            file.write_text(f"#!json\n{json.dumps({'opennebula': content})}\n")

    connection = {"endpoint": embedded.endpoint, "username": "oneadmin", "password": "opennebula", "auth_file": None}
    write("zz-connection", {"connection": connection})
    return write


@pytest.fixture(scope="module")
def synced(salt_cli, salt_minion, pillar):
    done = salt_cli.run("saltutil.sync_all", minion_tgt=salt_minion.id)
    assert done.returncode == 0, done


@pytest.fixture(scope="module")
def highstate(salt_cli, salt_minion, synced):
    """Run a highstate on the minion; gives its exit status and its states by tag."""

    def run(**options):
        done = salt_cli.run("state.apply", minion_tgt=salt_minion.id, **options)
        assert isinstance(done.data, dict), done
        return done.returncode, done.data

    return run


@pytest.fixture(scope="module")
def built(highstate):
    code, states = highstate()
    assert code == 0, comments(states)
    return states


def comments(states):
    return [state["comment"] for state in states.values() if state["result"] is not True]


def changes(states):
    return {tag: state["changes"] for tag, state in states.items() if state["changes"]}


@pytest.mark.parametrize("listing", ["sys.list_modules", "sys.list_state_modules"])
def test_everything_is_synced(synced, salt_cli, salt_minion, listing):
    found = salt_cli.run(listing, "one*", "opennebula", minion_tgt=salt_minion.id).data
    assert {"onevnet", "onevm", "opennebula"} <= set(found)


def test_a_highstate_builds_every_infrastructure(built, witness):
    assert len(witness.networks()) == 25 * len(USERS)
    assert sorted(witness.gateways()) == sorted(USERS)
    assert len({vlan for _, _, vlan in witness.networks()}) == 25 * len(USERS)


def test_a_second_highstate_changes_nothing_and_writes_nothing(built, highstate, witness):
    before = witness.counters()
    code, states = highstate()
    spent = calls_between(before, witness.counters())
    assert code == 0
    assert changes(states) == {}
    assert writes(spent) == 0, spent
    assert sum(spent.values()) <= 10, spent


def test_a_dry_run_tells_what_a_run_then_does(built, highstate, pillar, witness):
    pillar("zelda", {"users": {"zelda": {"blueprint": "eole", "vlan_base": 3000}}})
    before = witness.counters()
    code, planned = highstate(test=True)
    assert code == 0
    assert writes(calls_between(before, witness.counters())) == 0
    assert all("zelda" in tag for tag in changes(planned))
    code, done = highstate()
    assert code == 0, comments(done)
    assert changes(done) == changes(planned)
    assert sum(1 for owner, _, _ in witness.networks() if owner == "zelda") == 25


def test_values_of_a_pillar_that_salt_masks_arrive_unmasked(built, highstate, pillar, witness):
    values = {"attributes": {"NESTED": {"KEY": "value"}}, "gateway": {"context": CONTEXT}}
    pillar("zz-values", {"users": {"alice": values}})
    code, states = highstate()
    assert code == 0, comments(states)
    cloud = [witness.pool("one.userpool.info"), witness.pool("one.vmpool.infoextended", -2, -1, -1, -1)]
    assert not any("***" in (element.text or "") for pool in cloud for element in pool.iter())
    gateway = next(vm for vm in cloud[1] if vm.findtext("UNAME") == "alice")
    assert {key: gateway.findtext(f"TEMPLATE/CONTEXT/{key}") for key in CONTEXT} == CONTEXT
    alice = next(user for user in cloud[0].iterfind("USER") if user.findtext("NAME") == "alice")
    assert alice.findtext("TEMPLATE/NESTED/KEY") == "value"


def test_validate_judges_the_pillar_of_now_and_tells_by_its_exit_status(synced, salt_cli, salt_minion, pillar):
    """What the minion remembers of the pillar is from before the edit."""
    pillar("zz-fault", {"users": {"basile": {"vlan_bse": 100}}})
    faulty = salt_cli.run("opennebula.validate", minion_tgt=salt_minion.id)
    pillar("zz-fault", "{% this is no template")
    unread = salt_cli.run("opennebula.validate", minion_tgt=salt_minion.id)
    pillar("zz-fault", None)
    sound = salt_cli.run("opennebula.validate", minion_tgt=salt_minion.id)
    assert faulty.data == ["opennebula.users.basile.vlan_bse: unknown key; did you mean vlan_base?"]
    assert "Rendering SLS 'opennebula.users.zz-fault' failed" in unread.data[0]
    assert sound.data == []
    assert [done.returncode != 0 for done in (faulty, unread, sound)] == [True, True, False]


def test_a_fault_in_the_pillar_stops_everything_before_the_first_write(built, highstate, pillar, witness):
    pillar("zz-fault", {"users": {"basile": {"vlan_base": 100}}})
    before = witness.counters()
    code, states = highstate()
    pillar("zz-fault", None)
    assert code != 0
    assert calls_between(before, witness.counters()) == {}
    assert any("basile" in comment and "alice" in comment for comment in comments(states))
    assert not any("Traceback" in comment for comment in comments(states))


def test_an_endpoint_that_is_down_fails_each_state_in_one_sentence(built, highstate, pillar):
    pillar("zz-connection-down", {"connection": {"endpoint": "http://127.0.0.1:9/RPC2", "retries": 0}})
    code, states = highstate()
    pillar("zz-connection-down", None)
    assert code != 0
    failed = comments(states)
    assert len(failed) >= len(USERS)
    assert all("127.0.0.1:9" in comment and "Traceback" not in comment for comment in failed)
