"""Pipelines in the pillar: their order, settings of modules, and errors."""

import pytest

from onecore.basics.errors import ArgumentError
from onecore.orchestration.users import faults
from onecore.pillar.pipelines import stages

CONFIG = {
    "pipelines": {
        "nightly": {
            "owner": "alice",
            "keep": 3,
            "stages": {
                "Tests": {"from": "Daily", "publish": False},
                "Daily": {"from": "Fresh", "timeout": 60},
                "Fresh": {"iso": "iso", "template": "base", "datastore": "default", "size": "20G"},
            },
            "modules": {"scribe": {}, "horus": {"Daily": {"timeout": 90}, "Fresh": {"iso": None}}},
        }
    }
}


def test_each_stage_comes_after_the_one_it_is_made_from():
    found = stages(CONFIG, "nightly", ["scribe"])
    assert [stage.published for stage in found] == ["scribe-Fresh", "scribe-Daily", "scribe-Tests"]
    assert [stage.after for stage in found] == [(), ("scribe-Fresh",), ("scribe-Daily",)]
    assert [stage.source for stage in found] == [
        ("base", "oneadmin"),
        ("scribe-Fresh", "alice"),
        ("scribe-Daily", "alice"),
    ]
    assert {(stage.owner, stage.keep, stage.mark) for stage in found} == {("alice", 3, "pipeline/alice")}


def test_a_module_says_what_is_different_for_it():
    horus = {stage.name: stage.said for stage in stages(CONFIG, "nightly") if stage.module == "horus"}
    assert horus["Daily"] == {"from": "Fresh", "timeout": 90}
    assert "iso" not in horus["Fresh"]


def test_a_module_adds_to_the_dictionaries_of_a_stage_and_takes_out_of_them():
    stage = {"template": "base", "context": {"ACTION": "upgrade", "PROXY": "none"}, "attributes": {"LABELS": None}}
    module = {"Daily": {"context": {"PROXY": None, "PORT": "1"}}}
    config = {"pipelines": {"nightly": {"stages": {"Daily": stage}, "modules": {"scribe": module, "horus": {}}}}}
    scribe, horus = stages(config, "nightly")
    assert scribe.said == {"template": "base", "context": {"ACTION": "upgrade", "PORT": "1"}, "attributes": {}}
    assert horus.said["context"] == stage["context"]


@pytest.mark.parametrize(("name", "modules"), [("nightl", None), ("nightly", ["scribes"])])
def test_what_is_not_declared_is_refused_with_what_may_have_been_meant(name, modules):
    with pytest.raises(ArgumentError, match="did you mean"):
        stages(CONFIG, name, modules)


def test_a_sound_pipeline_has_no_fault():
    assert faults(CONFIG) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"stages": {"A": {}}}, "stages.A.template: is required, or else from"),
        ({"stages": {"A": {"iso": "x", "template": "y", "size": 1}}}, "stages.A.datastore: is required"),
        ({"stages": {"A": {"from": "B"}}}, "stages.A.from: is not a stage"),
        ({"stages": {"A": {"from": "B"}, "B": {"from": "A"}}}, "are circular"),
        ({"stages": {"A": {"template": "x", "publish": False}, "B": {"from": "A"}}}, "publishes nothing"),
        ({"stages": {"A": {"template": "x"}}, "modules": {"m": {"B": {}}}}, "modules.m.B: is not a stage"),
        ({"stages": {"A": {"template": "x", "tiemout": 3}}}, "did you mean timeout"),
        ({"modules": {}}, "modules: is required"),
    ],
)
def test_a_pipeline_that_cannot_run_is_refused(changed, told):
    pipeline = {"stages": {"A": {"template": "x"}}, "modules": {"m": {}}, **changed}
    found = faults({"pipelines": {"p": pipeline}})
    assert any(told in fault for fault in found), found
