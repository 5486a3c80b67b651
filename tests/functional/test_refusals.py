"""A refusal of OpenNebula is reported in one sentence with its object, and the other objects are processed."""

import time

from onecore.basics.plan import Desired
from onecore.cloud.view import Cloud
from onecore.engine.converge import converge
from onecore.engine.removal import remove
from onecore.kinds.registry import KINDS
from onecore.wire.client import Client
from onecore.wire.settings import Settings
from onecore.wire.transport import HttpTransport
from onesim.testing import running
from tests.doubles.simulated import Simulated


def network(name, owner="alice", **values):
    return Desired("onevnet", name, owner, {"driver": "bridge", **values}, f"sls/{owner}")


def image(name, size=10):
    return Desired("oneimage", name, "alice", {"datastore": "default", "size": size, "type": "DATABLOCK"}, "sls/alice")


def user(name="alice", **values):
    return Desired("oneuser", name, None, {"password": "opennebula", **values}, f"sls/{name}")


def told(simulated, *wanted, **how):
    """What a run says of each object: its sentence when it failed, else what was done."""
    reports = converge(simulated.connect(**how), KINDS, wanted)
    return [report.comment(False) if report.error else report.action for report in reports]


def test_an_account_without_rights():
    simulated = Simulated()
    assert told(simulated, user()) == ["create"]
    said = told(simulated, network("n"), network("m", dns="1.1.1.1"), username="alice")
    assert said[0].startswith("Virtual network n of alice: ") and said[1].startswith("Virtual network m of alice: ")
    assert all("Not authorized" in sentence for sentence in said)


def test_a_password_that_is_wrong():
    simulated = Simulated()
    told(simulated, user())
    simulated.call("one.user.passwd", 2, "another")
    wire = simulated.wire()
    (said, again) = told(simulated, network("n"), network("m"), wire=wire, username="alice")
    assert said.startswith("Virtual network n of alice: ") and again.startswith("Virtual network m of alice: ")
    assert wire.calls == {"one.vnpool.info": 1}


def test_a_quota_that_is_exceeded_when_an_image_is_handed_over():
    """It stays behind in the account's name, and is handed over as soon as there is room."""
    simulated = Simulated()
    assert told(simulated, user(quota={"datastores": {"default": {"images": 1}}}), image("a")) == ["create", "create"]
    said, network_said = told(simulated, image("b"), network("n"))
    assert said.startswith("Image b of alice: it was allocated (ID 1) but not handed over to alice: ")
    assert "limit of 1 reached" in said and said.endswith(". Run again to finish.")
    assert network_said == "create"
    assert told(simulated, user(quota={"datastores": {"default": {"images": 2}}}), image("b")) == ["update", "create"]
    assert [each.owner for each in simulated.connect().pool(KINDS["oneimage"])] == ["alice", "alice"]
    assert told(simulated, image("a"), image("b"), network("n")) == ["none", "none", "none"]


def test_ranges_that_opennebula_takes_and_cannot_make():
    """Its answer is OK, and an ERROR comes later."""
    simulated = Simulated()
    wrong = network("n", address_ranges=[{"ip": "10.1.3.50", "size": 5, "ipam_mad": "aws"}])
    assert told(simulated, user(), network("m")) == ["create", "create"]
    for _ in range(2):
        said, other = told(simulated, wrong, network("m"))
        assert said.startswith("Virtual network n of alice (ID 1) is in state ERROR: ")
        assert said.endswith("/register_address_range. Recover or remove it, then run again.")
        assert other == "none"
    assert remove(simulated.connect(), KINDS["onevnet"], "n", "alice").error == ""
    assert told(simulated, network("n", address_ranges=[{"type": "ETHER", "size": 5}])) == ["create"]


def test_two_networks_of_one_name_for_two_owners():
    simulated = Simulated()
    wanted = [user(), user("bob"), network("n"), network("n", "bob"), network("n", "oneadmin")]
    assert told(simulated, *wanted) == ["create"] * 5
    assert told(simulated, *wanted) == ["none"] * 5


def test_a_server_that_dies_half_way():
    """Hundreds of objects do not each wait for it."""
    with running() as server:
        wanted = [user(), *(network(f"n{number}") for number in range(200))]

        class Killing(HttpTransport):
            calls = 0

            def answer(self, method, params):
                self.calls += 1
                if self.calls == 60:
                    server.kill()
                return super().answer(method, params)

        transport = Killing(Settings(server.endpoint, server.session))
        client = Client(server.endpoint, server.session, retries=0, transport=transport)
        started = time.monotonic()
        reports = converge(Cloud(client), KINDS, wanted)
        took = time.monotonic() - started
    assert took < 10
    assert transport.calls == 61
    failed = [report.comment(False) for report in reports if report.error]
    assert len(failed) == 200
    assert all("endpoint" in sentence and "Virtual network" in sentence for sentence in failed)
