"""Whatever happens to a run, one more completes it, as if nothing had been. `make chaos` tries all, this a sample."""

import pytest

from tests.chaos.disturbances import cases, disturb, prepare
from tests.chaos.stories import stories

STORIES = stories()
#: How many cases of a story are tried; some fifteen a second.
SAMPLE = 60


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
