"""Pipelines: stages based on each other's published templates; a failure stops only dependent stages."""

from contextlib import suppress

import pytest

from onecore.basics.plan import Desired
from onecore.engine.converge import converge
from onecore.kinds.image import IMAGE
from onecore.kinds.registry import KINDS
from onecore.kinds.template import TEMPLATE
from onecore.kinds.vm.kind import VM
from onecore.orchestration.pipeline_rehearsal import foresee
from onecore.orchestration.pipeline_work import run
from onecore.orchestration.users import faults
from onecore.pillar.pipelines import stages
from tests.doubles.dying import PowerCut, cloud_of

from .guests import guests

INSTALL = {"iso": "iso", "template": "installer", "datastore": "default", "size": 8, "timeout": 60}
CONFIG = {
    "pipelines": {
        "nightly": {
            "limit": 3,
            "keep": 1,
            "stages": {
                "Tests": {"from": "Daily", "publish": False, "timeout": 60},
                "Fresh": INSTALL,
                "Daily": {"from": "Fresh", "context": {"ACTION": "upgrade"}, "permissions": "644", "timeout": 60},
            },
            "modules": {"scribe": {}, "horus": {"Daily": {"context": {"ACTION": "other"}}}},
        }
    }
}


@pytest.fixture(scope="module")
def settings(module_cloud, connection):
    settings = connection(module_cloud)
    module_cloud.call("one.user.allocate", "alice", "pw", "core", [])
    cloud = cloud_of(settings)
    wanted = [
        Desired(
            "oneimage", "iso", None, {"datastore": "default", "type": "DATABLOCK", "size": 8, "permissions": "644"}
        ),
        Desired("onetemplate", "installer", None, {"cpu": 1, "memory": 64, "permissions": "644"}),
    ]
    assert not any(report.error for report in converge(cloud, KINDS, wanted))
    cloud.call("one.image.chtype", cloud.get(IMAGE, "iso", "oneadmin").id, "CDROM")
    return settings


def outcome(results):
    return {result.stage.published: result.state for result in results}


def nothing_is_left(cloud):
    assert not list(cloud.pool(VM))
    assert not [each.name for kind in (IMAGE, TEMPLATE) for each in cloud.pool(kind) if "build" in each.name]


def test_every_stage_is_published_and_a_failure_cuts_off_only_what_depends_on_it(settings, module_cloud):
    assert faults(CONFIG) == []
    wanted = stages(CONFIG, "nightly")
    assert [each.published for each in wanted if each.module == "scribe"] == [
        "scribe-Fresh",
        "scribe-Daily",
        "scribe-Tests",
    ]
    assert set(outcome(foresee(cloud_of(settings), wanted, "1")).values()) == {"planned"}
    behaviour = {"horus-Daily-build": "failed"}
    with guests(module_cloud, lambda name: behaviour.get(name, "poweroff")):
        results = run(cloud_of(settings), wanted, "1", limit=3)
    states = outcome(results)
    assert [states[f"scribe-{stage}"] for stage in ("Fresh", "Daily", "Tests")] == ["done"] * 3, results
    assert [states[f"horus-{stage}"] for stage in ("Fresh", "Daily", "Tests")] == ["done", "failed", "skipped"]
    failed = next(each for each in results if each.state == "failed")
    assert "the guest reports a failure: broken" in failed.said
    assert failed.case().failure == failed.said
    cloud = cloud_of(settings)
    daily = cloud.get(TEMPLATE, "scribe-Daily", "oneadmin")
    image = cloud.get(IMAGE, "scribe-Daily", "oneadmin")
    assert daily.text("TEMPLATE/DISK/IMAGE_ID") == str(image.id)
    assert (daily.attributes["BUILD"], image.attributes["BUILD"], daily.permissions) == ("1", "1", "644")
    assert daily.attributes["PARENT"].startswith("scribe-Fresh ")
    with guests(module_cloud, lambda name: "ready"):
        results = run(cloud_of(settings), wanted, "1", limit=3)
    assert set(outcome(results).values()) == {"done"}
    nothing_is_left(cloud_of(settings))


def test_the_next_build_takes_the_place_of_the_one_before(settings, module_cloud):
    wanted = stages(CONFIG, "nightly", ["scribe"])
    numbers = []
    for build in ("2", "3", "4"):
        with guests(module_cloud, lambda name: "poweroff"):
            results = run(cloud_of(settings), wanted, build)
        assert set(outcome(results).values()) == {"done"}, results
        cloud = cloud_of(settings)
        numbers.append(cloud.get(TEMPLATE, "scribe-Daily", "oneadmin").id)
        assert cloud.get(IMAGE, "scribe-Daily", "oneadmin").attributes["BUILD"] == build
    assert len(set(numbers)) == 1, "a published template keeps its ID"
    assert len([each for each in cloud.pool(TEMPLATE) if each.name.startswith("scribe-Daily")]) == 2
    nothing_is_left(cloud)


def test_what_is_made_belongs_to_the_owner_of_the_pipeline(settings, module_cloud):
    config = {"pipelines": {"nightly": {**CONFIG["pipelines"]["nightly"], "owner": "alice"}}}
    for build in ("1", "2"):
        with guests(module_cloud, lambda name: "poweroff"):
            results = run(cloud_of(settings), stages(config, "nightly", ["scribe"]), build)
        assert set(outcome(results).values()) == {"done"}, results
    cloud = cloud_of(settings)
    for kind in (IMAGE, TEMPLATE):
        made = [each for each in cloud.pool(kind) if each.managed == "pipeline/alice"]
        assert {each.owner for each in made} == {"alice"}
        assert len([each for each in made if each.name.startswith("scribe-Daily")]) == 2
    nothing_is_left(cloud)


@pytest.mark.parametrize("at", [20, 45, 70, 95, 120, 145])
def test_a_run_that_died_is_completed(settings, module_cloud, at):
    wanted = stages(CONFIG, "nightly", ["scribe"])
    build = f"died{at}"
    with guests(module_cloud, lambda name: "poweroff"):
        with suppress(PowerCut):
            run(cloud_of(settings, at), wanted, build)
        results = run(cloud_of(settings), wanted, build)
    assert set(outcome(results).values()) == {"done"}, results
    nothing_is_left(cloud_of(settings))


def test_a_run_that_died_before_it_cleared_its_build_away_is_completed(settings, module_cloud):
    """By then the public name means the build: nothing but what is left of the build tells that something is due."""
    wanted = stages(CONFIG, "nightly", ["scribe"])
    with guests(module_cloud, lambda name: "poweroff"):
        run(cloud_of(settings), wanted, "complete")
        with suppress(PowerCut):
            run(cloud_of(settings, "one.template.delete"), wanted, "cut")
        results = run(cloud_of(settings), wanted, "cut")
    assert set(outcome(results).values()) == {"done"}, results
    nothing_is_left(cloud_of(settings))
