"""An existing cloud, exported and applied: the requirements for an export."""

import yaml

from onecore import schema
from onecore.orchestration.users import build, faults
from onecore.pillar.layers import users
from onecore.takeover.export import export

from .pillars import merged


def judge(config):
    """Path and text of each error of a pillar."""
    return [(fault.path, fault.message) for fault in schema.validate(config)]


def exported(simulated, filters=None, wire=None):
    """The result of an export, which writes nothing to the cloud."""
    wire = wire or simulated.wire()
    found = export(simulated.connect(wire), judge, filters)
    assert wire.writes == []
    return found


def loaded(files):
    """The pillar key in files, merged like in Salt."""
    config = {}
    for text in files.values():
        config = merged(config, yaml.safe_load(text).get("opennebula", {}))
    return config


def applied(cloud, config, test=False):
    """Apply a pillar; returns a report for each object."""
    return [report for user in (None, *users(config)) for report in build(cloud, config, user, test).reports]


def taken_over(simulated, filters=None):
    """Export a cloud, apply the result and check that only marks have changed; returns the export."""
    found = exported(simulated, filters)
    config = loaded(found.files)
    assert config == found.config
    if not found.objects:
        return found
    assert faults(config) == []
    before = simulated.content(but=["SALT_MANAGED"])
    planned = applied(simulated.connect(), config, test=True)
    assert {report.error for report in planned} == {""}
    assert {change.field for report in planned for change in report.planned} <= {"managed"}
    done = applied(simulated.connect(), config)
    assert {report.error for report in done} == {""}
    assert [change.field for report in done for change in report.done if change.field != "managed"] == []
    assert simulated.content(but=["SALT_MANAGED"]) == before
    again = simulated.wire()
    reports = applied(simulated.connect(again), config)
    assert {report.action for report in reports} == {"none"}
    assert again.writes == []
    return found
