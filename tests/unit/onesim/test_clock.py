"""The time of transitions."""

import pytest

from onesim.cloud import alarm, clock
from onesim.founding.bootstrap import empty_cloud

NOW = 1000.0


@pytest.fixture
def due(monkeypatch):
    """Seconds until a VM that begins to wait is looked at: ``due(pace, haste)``."""
    monkeypatch.setattr(clock.time, "monotonic", lambda: NOW)

    def seconds(*speed):
        cloud = empty_cloud(*speed)
        alarm.wake(cloud)
        ((moment, *_),) = cloud.clock._due
        return moment - NOW

    return seconds


@pytest.mark.parametrize(
    ("speed", "seconds"),
    [((), 0.5), ((1,), 2), ((0.1,), 0.5), ((0, 5), 0.1), ((1, 5), 2), ((0.1, 5), 0.2), ((0, 1000), clock.SOONEST)],
)
def test_a_vm_waits_as_long_as_pace_and_haste_say(due, speed, seconds):
    assert due(*speed) == pytest.approx(seconds)
