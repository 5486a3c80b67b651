"""Objects of people that have the names of a pipeline's objects: it neither saves, renames nor removes them."""

import pytest
from lxml import etree

from onecore.orchestration.pipeline_rehearsal import foresee
from onecore.pillar.pipelines import stages
from tests.chaos.disturbances import prepare
from tests.chaos.stories import PIPELINE, pipeline, stories
from tests.chaos.world import World, timeless

NAMES = ("scribe-Fresh", "scribe-Daily")
POOLS = {
    "one.vm": ("one.vmpool.infoextended", -2, -1, -1, -1),
    "one.image": ("one.imagepool.info", -2, -1, -1),
    "one.template": ("one.templatepool.info", -2, -1, -1),
}


@pytest.fixture(scope="module")
def nights():
    return prepare(stories()["three nights"])


@pytest.fixture
def world(nights):
    world = World(nights["night 3"].memory)
    with timeless():
        world.settle()
        yield world


def text(world, prefix, number):
    """The whole object as text."""
    method, *params = POOLS[prefix]
    found = {int(each.findtext("ID")): each for each in etree.fromstring(world.call(method, *params))}
    return etree.tostring(found[number]) if number in found else b""


def numbered(world, method, name):
    prefix = method.rpartition("pool")[0]
    found = etree.fromstring(world.call(*POOLS.get(prefix, (method,))))
    return next(int(each.findtext("ID")) for each in found if each.findtext("NAME") == name)


def made(world, prefix, name):
    """A person creates an object of that name for alice; returns its ID."""
    alice = numbered(world, "one.userpool.info", "alice")
    if prefix == "one.vm":
        server = numbered(world, "one.templatepool.info", "server")
        # On hold: this world's guests power off VMs of that name.
        return world.call("one.template.instantiate", server, name, True, f'AS_UID="{alice}"\nAS_GID="1"', False)
    text = f'NAME="{name}"\nTYPE="DATABLOCK"\nSIZE="4"' if prefix == "one.image" else f'NAME="{name}"\nMEMORY="64"'
    number = world.call(f"{prefix}.allocate", text, *([1] if prefix == "one.image" else []))
    world.settle()
    world.call(f"{prefix}.chown", number, alice, -1)
    return number


def foreseen(world, config):
    return {each.stage.published: each for each in foresee(world.connect(), stages(config, "nightly"), "3")}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("prefix", POOLS)
def test_a_build_of_that_name_is_told_and_left(world, prefix, name):
    number = made(world, prefix, f"{name}-build")
    world.settle()
    before, reason = text(world, prefix, number), "has a name of this stage, and was not created by it"
    assert reason in foreseen(world, PIPELINE)[name].said
    wire = world.wire()
    failed = pipeline(PIPELINE, "3")(world, SleepingClock(), wire)
    assert [each for each in failed if each.startswith(f"{name}: ") and f"(ID {number}) {reason}" in each]
    assert text(world, prefix, number) == before


@pytest.mark.parametrize("prefix", ["one.image", "one.template"])
def test_what_has_the_public_name_is_told_before_anything_is_built(world, prefix):
    number = made(world, prefix, "horus-Fresh")
    before, config = text(world, prefix, number), renamed("horus")
    assert f"(ID {number}) has a name of this stage" in foreseen(world, config)["horus-Fresh"].said
    wire = world.wire()
    failed = pipeline(config, "3")(world, SleepingClock(), wire)
    assert f"(ID {number}) has a name of this stage" in failed[0]
    assert (wire.writes, text(world, prefix, number)) == ([], before)


@pytest.mark.parametrize("prefix", ["one.image", "one.template"])
def test_a_copy_in_the_accounts_namespace_stays(world, prefix):
    """Somebody copied the build of an interrupted run, with its mark."""
    number = made(world, prefix, "scribe-Fresh-build")
    kind = "oneimage" if prefix == "one.image" else "onetemplate"
    mark = f'SALT_MANAGED="pipeline/alice/{kind}/scribe-Fresh-build"\nBUILD="2"'
    world.call(f"{prefix}.update", number, mark, 1)
    copy = world.call(f"{prefix}.clone", number, "scribe-Fresh-build", *([-1] if prefix == "one.image" else [False]))
    world.settle()
    before = text(world, prefix, copy)
    assert pipeline(PIPELINE, "3")(world, SleepingClock(), world.wire()) == []
    assert text(world, prefix, copy) == before


def renamed(module):
    """The pipeline for another module."""
    nightly = {**PIPELINE["pipelines"]["nightly"], "modules": {module: {}}}
    return {"pipelines": {"nightly": nightly}}


class SleepingClock:
    """A clock whose pauses let time pass in the world."""

    def sleep(self, world):
        return lambda seconds: world.settle()
