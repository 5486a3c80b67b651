"""A publication that is interrupted at any call: the next run completes it, without losses, duplicates or leftovers."""

import pytest

from onecore.basics.plan import Desired
from onecore.cloud.view import Cloud
from onecore.engine.converge import converge
from onecore.engine.execution import side_by_side
from onecore.engine.report import Report
from onecore.kinds.image import IMAGE
from onecore.kinds.registry import KINDS
from onecore.kinds.template import TEMPLATE
from onecore.publishing import publication
from onecore.publishing.declared import Publication
from onecore.wire.client import Client
from onecore.wire.settings import Settings
from onecore.wire.transport import HttpTransport
from tests.doubles.dying import cloud_of, deaths

LOCKED = 0x8000
VALUES = {
    "oneimage": [{"datastore": "default", "type": "DATABLOCK", "size": size} for size in (8, 16, 24)],
    "onetemplate": [{"cpu": 1, "memory": size} for size in (8, 16, 24)],
}


@pytest.fixture(scope="module")
def settings(module_cloud, connection):
    return connection(module_cloud)


@pytest.fixture(scope="module", autouse=True)
def alice(module_cloud):
    return module_cloud.call("one.user.allocate", "alice", "pw", "core", [])


def build(cloud, kind, number, owner, version):
    desired = Desired(kind.cli, f"build{number}", owner, VALUES[kind.cli][version], f"sls/{owner}")
    (report,) = converge(cloud, KINDS, [desired])
    assert not report.error


def wanted(kind, number, owner, keep):
    access, mark = {"permissions": "644"}, f"sls/{owner}"
    return Publication(kind, f"public{number}", owner, f"build{number}", keep, access, mark, adopt=True)


def publish(cloud, wanted):
    report = Report(wanted.kind, wanted.name, wanted.owner)
    side_by_side(cloud, [(report, publication.publish(cloud, wanted, report))])
    return report


def objects(cloud, kind, number, owner):
    """What there is for a number, but what is being removed."""
    found = [each for each in cloud.pool(kind) if kind is TEMPLATE or IMAGE.settled.name(each.state) != "DELETE"]
    names = (f"public{number}", f"build{number}", f"{owner}.public{number}")
    mine = [each for each in found if each.name.partition("-")[0] in names and each.managed == f"sls/{owner}"]
    return sorted(mine, key=lambda each: each.name)


@pytest.mark.parametrize("kind", [IMAGE, TEMPLATE], ids=lambda kind: kind.cli)
@pytest.mark.parametrize("owner", ["oneadmin", "alice"])
def test_a_run_that_died_is_completed(settings, kind, owner):
    prepared = set()

    def run(cloud, number):
        if number not in prepared:
            prepared.add(number)
            for version in range(3):
                healthy = cloud_of(settings)
                build(healthy, kind, number, owner, version)
                if version < 2:
                    assert not publish(healthy, wanted(kind, number, owner, None)).error
        report = publish(cloud, wanted(kind, number, owner, 1))
        assert not report.error, report.error

    def check(cloud, number):
        found = objects(cloud, kind, number, owner)
        assert len(found) == 2, [(each.name, each.owner, each.attributes) for each in found]
        public, before = found
        assert public.name == f"public{number}"
        assert {public.owner, before.owner} == {owner}
        assert {public.permissions, before.permissions} == {"644"}
        path = "SIZE" if kind is IMAGE else "TEMPLATE/MEMORY"
        assert (public.number(path), before.number(path)) == (24, 16)

    assert deaths(settings, run, check) > 10


class Refusing(HttpTransport):
    """Refuses the second rename of an image."""

    renames = 0

    def answer(self, method, params):
        if method == "one.image.rename":
            self.renames += 1
            if self.renames == 2:
                return [False, f"[{method}] the image is locked", LOCKED, params[1]]
        return super().answer(method, params)


def test_a_build_that_may_not_take_the_name_leaves_it_where_it_was(settings):
    healthy = cloud_of(settings)
    for version in range(2):
        build(healthy, IMAGE, "R", "oneadmin", version)
        if not version:
            publish(healthy, wanted(IMAGE, "R", "oneadmin", None))
    before = healthy.get(IMAGE, "publicR", "oneadmin").id
    refusing = Client.from_config(settings, transport=Refusing(Settings.read(settings)))
    report = publish(Cloud(refusing), wanted(IMAGE, "R", "oneadmin", None))
    assert "locked" in report.error
    assert "previous" not in report.changes(test=False)
    assert cloud_of(settings).get(IMAGE, "publicR", "oneadmin").id == before
    assert not publish(cloud_of(settings), wanted(IMAGE, "R", "oneadmin", None)).error
