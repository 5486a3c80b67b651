"""A dry run of a pipeline refuses what the run refuses, in the same words, and writes nothing."""

import copy

import pytest

from onecore.basics.plan import Desired
from onecore.engine.converge import converge
from onecore.kinds.registry import KINDS
from onecore.orchestration.pipeline_rehearsal import foresee
from onecore.orchestration.pipeline_work import run
from onecore.orchestration.users import faults
from onecore.pillar.pipelines import stages
from onecore.wire.client import is_read
from tests.doubles.dying import cloud_of

from .guests import guests

CONFIG = {
    "pipelines": {
        "nightly": {
            "stages": {
                "Fresh": {"iso": "iso", "template": "installer", "datastore": "default", "size": 8, "timeout": 60},
                "Daily": {"from": "Fresh", "permissions": "644", "timeout": 60},
                "Tests": {"from": "Daily", "publish": False, "timeout": 60},
            },
            "modules": {"scribe": {}},
        }
    }
}
TEMPLATE = {"cpu": 0.1, "memory": 64, "permissions": "644"}
IMAGE = {"datastore": "default", "type": "DATABLOCK", "size": 8, "permissions": "644"}
THERE = [("oneimage", "iso", IMAGE), ("onetemplate", "installer", TEMPLATE), ("onegroup", "team", {})]
#: What is in the cloud besides, what is changed in the pillar, and what each stage says.
REFUSED = {
    "no-iso": ([], {"Fresh": {"iso": "none"}}, {"Fresh": "image none of oneadmin does not exist"}),
    "no-template": ([], {"Fresh": {"template": "none"}}, {"Fresh": "template none of oneadmin does not exist"}),
    "no-datastore": ([], {"Fresh": {"datastore": "none"}}, {"Fresh": "datastore none does not exist"}),
    "no-group": ([], {"Fresh": {"group": "none"}}, {"Fresh": "group none does not exist"}),
    "image-of-somebody": (
        [("oneimage", "scribe-Daily", IMAGE)],
        {},
        {"Daily": "has a name of this stage, and was not created by it"},
    ),
    "template-of-somebody": (
        [("onetemplate", "scribe-Fresh", TEMPLATE)],
        {},
        {"Fresh": "has a name of this stage, and was not created by it"},
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_run_refuses(cloud, connection, case):
    more, said, expected = REFUSED[case]
    settings, config = connection(cloud), copy.deepcopy(CONFIG)
    for stage, values in said.items():
        config["pipelines"]["nightly"]["stages"][stage] |= values
    assert faults(config) == []
    simulated = cloud_of(settings)
    wanted = [Desired(kind, name, None, values) for kind, name, values in [*THERE, *more]]
    assert [each.error for each in converge(simulated, KINDS, wanted) if each.error] == []
    cloud.call("one.image.chtype", simulated.get(KINDS["oneimage"], "iso", "oneadmin").id, "CDROM")
    cloud.reset_counters()
    foreseen = foresee(cloud_of(settings), stages(config, "nightly"), "1")
    assert not [method for method in cloud.counters() if not is_read(method)]
    told = {each.stage.name: each for each in foreseen}
    for stage, why in expected.items():
        assert (told[stage].state, why in told[stage].said) == ("failed", True), told[stage]
    with guests(cloud, lambda name: "poweroff"):
        done = run(cloud_of(settings), stages(config, "nightly"), "1")
    lost = [(each.stage.name, each.state, each.said) for each in done if each.state != "done"]
    assert lost == [(each.stage.name, each.state, each.said) for each in foreseen if each.state != "planned"]


def test_a_dry_run_after_every_step(cloud, connection):
    """Of a build that is done, begun, or failed, it says what a run would make."""
    settings = connection(cloud)
    simulated = cloud_of(settings)
    wanted = [Desired(kind, name, None, values) for kind, name, values in THERE]
    assert [each.error for each in converge(simulated, KINDS, wanted) if each.error] == []
    cloud.call("one.image.chtype", simulated.get(KINDS["oneimage"], "iso", "oneadmin").id, "CDROM")
    every = stages(CONFIG, "nightly")

    def states(build):
        told = foresee(cloud_of(settings), every, build)
        assert [each.said for each in told if each.state == "failed"] == []
        return [each.state for each in told]

    assert states("1") == ["planned"] * 3
    with guests(cloud, lambda name: "failed" if name == "scribe-Daily-build" else "poweroff"):
        run(cloud_of(settings), every, "1")
    assert states("1") == ["done", "planned", "planned"]
    assert states("2") == ["planned"] * 3
    with guests(cloud, lambda name: "poweroff"):
        assert {each.state for each in run(cloud_of(settings), every, "1")} == {"done"}
    assert states("1") == ["done", "done", "planned"]
    assert states("2") == ["planned"] * 3
