"""Short-lived VMs: the values of their attribute, expiry, and removal."""

from datetime import date, datetime, timezone

import pytest

from onecore.basics.errors import ArgumentError
from onecore.basics.lifetime import EXPIRES, Lifetime, end_of
from onecore.kinds.vm.kind import VM
from onecore.verbs.expiry import expired, remove_expired
from tests.doubles.fake_vms import cloud_with, vm

BORN = int(datetime(2026, 1, 31, 12, tzinfo=timezone.utc).timestamp())
HOUR = 3600


@pytest.mark.parametrize(
    ("given", "stored", "hours"),
    [
        ("90m", "90m", 1.5),
        ("12h", "12h", 12),
        (" 7d ", "7d", 7 * 24),
        ("2w", "2w", 14 * 24),
        ("2026-01-31", "2026-01-31", 12),
        (date(2026, 2, 1), "2026-02-01", 36),
        ("2026-01-31T18:00", "2026-01-31T18:00:00Z", 6),
        ("2026-01-31 18:00:00+01:00", "2026-01-31T17:00:00Z", 5),
        ("2026-01-31T18:00:00Z", "2026-01-31T18:00:00Z", 6),
        (datetime(2026, 1, 31, 13, tzinfo=timezone.utc), "2026-01-31T13:00:00Z", 1),
    ],
)
def test_what_may_be_said(given, stored, hours):
    assert Lifetime().wanted("expires", given) == stored
    assert Lifetime().stored(stored) == stored
    assert end_of(stored, BORN) == BORN + hours * HOUR


NEITHER = ("20260131", "2026-W05-1", "20260131T18:00", "2026-031", "2026-01-31T")


@pytest.mark.parametrize(
    "given", ["", "tomorrow", "0d", "7", 7, "7y", "2026-02-30", "-1d", True, ["7d"], {"days": 7}, *NEITHER]
)
def test_what_may_not_be_said(given):
    with pytest.raises(ArgumentError, match="must be an age such as 12h or 7d, or a date such as 2026-12-31"):
        Lifetime().wanted("expires", given)


def short_lived(number, said="1h", mark="sls/alice", **options):
    attributes = {EXPIRES: said, **({"SALT_MANAGED": mark} if mark else {})}
    return vm(number, f"vm{number}", STIME=BORN, USER_TEMPLATE=attributes, **options)


def test_only_ours_that_are_over_go():
    fake, cloud = cloud_with(
        short_lived(0),
        short_lived(1, said="3h"),
        short_lived(2, mark=""),
        vm(3, STIME=0),
        short_lived(4, power="poweroff"),
    )
    now = BORN + 2 * HOUR
    dry = remove_expired(cloud, test=True, now=now)
    assert not fake.writes
    real = remove_expired(cloud, now=now)
    assert [report.id for report in real] == [0, 4]
    assert all(report.error == "" for report in real)
    assert [each.changes(True) for each in dry] == [each.changes(False) for each in real]
    assert real[0].changes(False)["expires"] == {"old": "1h", "new": None}
    assert set(fake.objects["onevm"]) == {1, 2, 3}
    assert remove_expired(cloud, now=now) == []


def test_what_nobody_understands_is_told_and_stays():
    fake, cloud = cloud_with(short_lived(0, said="soon"), short_lived(1))
    first, second = remove_expired(cloud, now=BORN + 2 * HOUR)
    assert "SALT_EXPIRES" in first.error
    assert second.error == ""
    assert set(fake.objects["onevm"]) == {0}


def test_a_failure_is_its_vms_own():
    fake, cloud = cloud_with(short_lived(0), short_lived(1), failing={("terminate", 0): "busy"})
    first, second = remove_expired(cloud, now=BORN + 2 * HOUR)
    assert (first.error, first.done) == ("the driver failed: busy", [])
    assert second.error == ""
    assert set(fake.objects["onevm"]) == {0}


def test_a_thousand_are_found_with_one_pool_call():
    count = 1000
    fake, cloud = cloud_with(*(short_lived(number) for number in range(count)))
    assert len(expired(cloud, BORN + 2 * HOUR)) == count
    assert dict(fake.calls) == {VM.pool: 1}
    remove_expired(cloud, now=BORN + 2 * HOUR)
    assert not fake.objects["onevm"]
    assert fake.calls["one.vm.action"] == count
    assert len(fake.log) <= count + 10
