"""The example of a lab of docker hosts: valid, and ready only when docker answers."""

import pathlib

import pytest
import yaml

from onecore.pillar.labs import chosen
from onecore.pillar.layers import merge
from onecore.schema import validate

FOLDER = pathlib.Path(__file__).resolve().parents[4] / "pillar" / "examples" / "schools" / "opennebula"


@pytest.fixture(scope="module")
def config():
    """All files of the example, merged as Salt merges them."""
    merged = {}
    for path in sorted(FOLDER.rglob("*.sls")):
        merged = merge(merged, yaml.safe_load(path.read_text(encoding="utf-8")).get("opennebula", {}))
    return merged


def test_sound(config):
    assert validate(config) == []


def test_its_user_gets_the_hosts(config):
    (lab,) = chosen(config, user="basile", lab="docker")
    assert [machine.name for machine in lab.machines] == ["builder", "runner"]
    assert {machine.ready for machine in lab.machines} == {"context-report"}


def test_a_host_reports_only_when_docker_answers(config):
    context = config["shared"]["templates"]["docker-host"]["context"]
    assert "until docker info" in context["START_SCRIPT"].splitlines()[-1]
    assert context["READY_SCRIPT"] == "docker info"
    assert context["TOKEN"] == "YES"
