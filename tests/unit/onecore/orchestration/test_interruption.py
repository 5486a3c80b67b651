"""The messages about interrupted work."""

import itertools

from onecore.cloud import campaign
from onecore.cloud.campaign import Campaign
from onecore.cloud.procedure import Moment
from onecore.orchestration.interruption import run_or_tell
from tests.doubles.fake_cloud import FakeCloud, cloud_of


def test_what_was_cut_short_has_taken_until_then(monkeypatch):
    ticking = itertools.count(1000.0, 2.5)
    monkeypatch.setattr(campaign.time, "monotonic", lambda: next(ticking))
    cloud = cloud_of(FakeCloud())

    def interrupt(seconds):
        raise KeyboardInterrupt

    def waiting():
        yield Moment(60)

    cloud.sleep = interrupt
    work = Campaign(cloud)
    for key, after in (("short", ()), ("never", ("short",))):
        work.add(key, waiting(), after)
    assert run_or_tell(work)
    assert [(task.state, 0 < task.seconds < 60, task.error) for task in work.tasks.values()] == [
        ("failed", True, "interrupted while waiting for a moment to pass: run again to complete it"),
        ("skipped", False, "interrupted before it started: run again to complete it"),
    ]
    assert work.tasks["never"].seconds == 0
