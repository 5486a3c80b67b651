"""After any disturbance of a run, the next one completes it. `make chaos` tries all of them, this a sample."""

import pytest

from tests.chaos.disturbances import cases, disturb, prepare
from tests.chaos.stories import stories

STORIES = stories()
#: How many cases of a story are tried; some fifteen a second.
SAMPLE = 20


@pytest.mark.parametrize("story", STORIES)
def test_a_run_that_was_disturbed_is_completed_by_the_next(story):
    prepared = prepare(STORIES[story])
    every = cases(story, prepared)
    wrong = {}
    for case in every[:: len(every) // SAMPLE]:
        differences = disturb(prepared[case.chapter], case)
        if differences:
            wrong[str(case)] = differences
    assert wrong == {}


def test_a_vm_that_is_about_to_move_is_taken_for_one_that_moves():
    """OpenNebula begins what it has accepted a moment later; a run that comes in between sees the VM where it was."""
    prepared = prepare(STORIES["a lab"])
    for case in cases("a lab", prepared, [("killed", "begun later")]):
        assert disturb(prepared[case.chapter], case) == [], case
