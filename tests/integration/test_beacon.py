"""The beacon in a real minion: differences from the pillar are events on the master's bus."""

import time

import pytest

BEACON = "opennebula_drift"


@pytest.fixture
def beacon(salt_cli, salt_minion, runner):
    """The beacon, which the minion has synced, at work."""
    settings = [{"interval": 1}, {"disable_during_state_run": True}]
    begun = time.time()
    added = salt_cli.run("beacons.add", BEACON, settings, minion_tgt=salt_minion.id)
    assert added.data["result"], added
    yield begun
    salt_cli.run("beacons.delete", BEACON, minion_tgt=salt_minion.id)


def test_drift_is_told_on_the_bus(beacon, salt_master, salt_minion, event_listener):
    """Nothing of the users that the pillar declares has been made."""
    tag = f"salt/beacon/{salt_minion.id}/{BEACON}/drift"
    told = event_listener.wait_for_events([(salt_master.id, tag)], after_time=beacon, timeout=120)
    assert not told.missed
    event = min(told, key=lambda each: each.stamp)
    assert event.data["id"] == salt_minion.id
    assert event.data["objects"] > 1
    assert "alice" in {row["user"] for row in event.data["drift"]}
