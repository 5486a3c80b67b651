"""An interrupted pipeline: the next run completes it, or a run of another build removes its objects."""

import re
from contextlib import suppress

import pytest

from tests.chaos.disturbances import Disturbed, prepare
from tests.chaos.stories import PIPELINE, pipeline, stories
from tests.chaos.world import World, timeless
from tests.doubles.dying import PowerCut


@pytest.fixture(scope="module")
def nights():
    return prepare(stories()["three nights"])


def test_another_build_clears_away_what_one_that_died_has_left(nights):
    night = nights["night 2"]
    for at, method in enumerate(night.writes):
        for when in ("before", "after"):
            world = World(night.memory)
            with timeless() as clock:
                with suppress(PowerCut):
                    night.chapter.act(world, clock, Disturbed(world, at, "killed", when))
                assert pipeline(PIPELINE, "another")(world, clock, None) == [], f"{method}, {when}"
            left = [each for each in world.content() if re.search(r"\bNAME=[^,)]*-build\b", each)]
            assert left == [], f"{method}, {when}"


def test_a_published_stage_is_looked_at_and_left_alone(nights):
    world = World(nights["night 3"].memory)
    with timeless() as clock:
        assert pipeline(PIPELINE, "3")(world, clock, None) == []
        before, wire = world.content(), world.wire()
        stage = {**PIPELINE["pipelines"]["nightly"]["stages"]}
        del stage["Tests"]
        published = {"pipelines": {"nightly": {**PIPELINE["pipelines"]["nightly"], "stages": stage}}}
        assert pipeline(published, "3")(world, clock, wire) == []
    assert (wire.writes, world.content()) == ([], before)
