"""The stories: changes of a cloud, chapter by chapter, with a smaller example pillar."""

import pathlib
from collections.abc import Callable
from dataclasses import dataclass

import yaml
from lxml import etree

from onecore.basics.errors import OneError
from onecore.orchestration import lab_campaign, pipeline_work
from onecore.orchestration.lab_work import WORKS
from onecore.orchestration.users import build, demolish, faults, prune
from onecore.pillar.labs import chosen, machines
from onecore.pillar.layers import merge, users
from onecore.pillar.pipelines import stages
from tests.doubles.pillars import merged

from . import team

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "pillar" / "examples" / "schools" / "opennebula"
#: Nora is the administrator of a group that all users need.
USERS, ADMINISTRATORS = ("alice", "basile"), ("nora",)
NETWORKS = ("academie", "windows", "RIE", "dmz1", "pedago1")
#: The changes of an edit of the example: of all users, of one user, of removed objects.
EDIT = {
    "shared": {"networks": {"EOLE": {"dns": "192.168.230.2"}}, "groups": {"staff": {}}},
    "blueprints": {
        "eole": {
            "disruption": "allow",
            "networks": {
                "pedago1": None,
                "dmz1": {"size": 100},
                "admin1": {"vlan": 6, "cidr": "10.1.1.0/24", "first": "10.1.1.50", "size": 9},
            },
            "gateway": {"context": {"GATEWAY_ROLE": "edge"}},
            "quota": {"vms": 20},
            "labs": {"school": {"web": {"networks": ["dmz1"]}}},
        }
    },
    "users": {"alice": {"vlan_base": 700}, "camille": {"blueprint": "eole", "vlan_base": 800}},
}
PIPELINE = {
    "pipelines": {
        "nightly": {
            "limit": 3,
            "keep": 1,
            "owner": "alice",
            "stages": {
                "Fresh": {"iso": "iso", "template": "server", "datastore": "default", "size": "1G", "timeout": 60},
                "Daily": {
                    "from": "Fresh",
                    "context": {"ACTION": "upgrade"},
                    "attributes": {"LABELS": "daily,school"},
                    "permissions": "644",
                    "timeout": 60,
                },
                "Tests": {"from": "Daily", "publish": False, "timeout": 60},
            },
            "modules": {"scribe": {}},
        }
    }
}


@dataclass(frozen=True)
class Chapter:
    """A run of states or runners: called with a world, a clock and a transport, returns the errors.

    disturbed
        Whether it is disturbed.
    """

    act: Callable
    disturbed: bool = True


@dataclass(frozen=True)
class ByHand:
    """A manual change, which is not disturbed."""

    act: Callable


def whole_example():
    """The complete example pillar."""
    found = {}
    for path in sorted(FOLDER.rglob("*.sls")):
        found = merge(found, yaml.safe_load(path.read_text(encoding="utf-8")).get("opennebula", {}))
    return found


def example(users=USERS):
    """The example pillar, with few users and networks."""
    found = whole_example()
    found["users"] = {name: found["users"][name] for name in (*users, *ADMINISTRATORS)}
    for holder in (found["blueprints"]["eole"], *found["users"].values()):
        every = holder.get("networks", {})
        holder["networks"] = {name: every[name] for name in NETWORKS if name in every}
    # With prune, objects of a late write are removed, and not only reported.
    for blueprint in found["blueprints"].values():
        blueprint["prune"] = True
    return {key: value for key, value in found.items() if key not in ("connection", "pipelines")}


def highstate(config, **settings):
    """Apply everything that a pillar declares, and remove what it no longer declares."""
    assert faults(config) == [], faults(config)

    def chapter(world, clock, wire):
        cloud, failed = _connected(world, clock, wire), []
        for user in (None, *users(config)):
            failed += _failures(lambda user=user: build(cloud, config, user, test=False, **settings))
        return failed + _failures(lambda: prune(cloud, config, test=False))

    return chapter


def lab(config, work):
    """Run a work on all labs of a pillar."""

    def chapter(world, clock, wire):
        cloud = _connected(world, clock, wire)
        works = [WORKS[work](each) for each in machines(chosen(config))]
        outcome = lab_campaign.run(cloud, works, pause=cloud.sleep)
        return [each.report.comment(False) for each in outcome.failed]

    return chapter


def pipeline(config, build_name):
    """Run a pipeline once."""

    def chapter(world, clock, wire):
        cloud = _connected(world, clock, wire)
        results = pipeline_work.run(cloud, stages(config, "nightly"), build_name, pause=cloud.sleep)
        return [f"{each.stage.key}: {each.said}" for each in results if each.state != "done"]

    return chapter


def removal(user):
    """Remove a user with all objects."""

    def chapter(world, clock, wire):
        cloud = _connected(world, clock, wire)
        return _failures(lambda: demolish(cloud, user, test=False, max_deletions=100))

    return chapter


def _failures(run):
    """The errors of a run."""
    try:
        return [report.comment(False) for report in run().reports if report.error]
    except OneError as error:
        return [str(error)]


def _connected(world, clock, wire):
    cloud = world.connect(wire)
    cloud.sleep = clock.sleep(world)
    return cloud


# -- by hand, undisturbed ----------------------------------------------------------------------------------------


def newer_image(world):
    """Another image gets the name in the templates."""
    old = _number(world, "one.imagepool.info", "debian-12")
    new = world.call("one.image.allocate", 'NAME="debian-13"\nTYPE="OS"\nPATH="/var/tmp/new"\nDEV_PREFIX="vd"', 1)
    world.call("one.image.chmod", new, *[1, 1, 0, 1, 0, 0, 1, 0, 0])
    world.settle()
    world.call("one.image.rename", old, "debian-old")
    world.call("one.image.rename", new, "debian-12")


def compact_disc(world):
    """Create a CD-ROM image for an installation."""
    number = world.call("one.image.allocate", 'NAME="iso"\nTYPE="CDROM"\nPATH="/var/tmp/iso"', 1)
    world.call("one.image.chmod", number, *[1, 1, 0, 1, 0, 0, 1, 0, 0])


def _number(world, pool, name):
    found = etree.fromstring(world.call(pool, -2, -1, -1))
    return next(int(each.findtext("ID")) for each in found if each.findtext("NAME") == name)


# -- all of them -------------------------------------------------------------------------------------------------


def stories():
    """Every story by name, with its chapters by name."""
    small, alone = example(), example(("alice",))
    edited = merged(small, EDIT)
    built = {"highstate": Chapter(highstate(alone), disturbed=False)}
    return {
        "a pillar edit": {"highstate": Chapter(highstate(small)), "edit": Chapter(highstate(edited))},
        "a lab": {
            **built,
            **{work: Chapter(lab(alone, work)) for work in ("build", "reset", "rebuild")},
            "a newer image": ByHand(newer_image),
            "rebuild again": Chapter(lab(alone, "rebuild")),
            **{work: Chapter(lab(alone, work)) for work in ("stop",)},
            "start": Chapter(lab(alone, "build")),
            "destroy": Chapter(lab(alone, "destroy")),
        },
        "three nights": {
            **built,
            "a CD-ROM": ByHand(compact_disc),
            "night 1": Chapter(pipeline(PIPELINE, "1")),
            "night 2": Chapter(pipeline(PIPELINE, "2")),
            # The first one that removes an earlier version.
            "night 3": Chapter(pipeline(PIPELINE, "3")),
        },
        "a removal": {
            **built,
            "build": Chapter(lab(alone, "build"), disturbed=False),
            "removal": Chapter(removal("alice")),
        },
        "a team": {
            "highstate": Chapter(highstate(team.TEAM)),
            "edit": Chapter(highstate(team.edited())),
            "marks taken away": ByHand(team.take_marks_away),
            "adoption": Chapter(highstate(team.edited(), adopt=True)),
        },
    }
