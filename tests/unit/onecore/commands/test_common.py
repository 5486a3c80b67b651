"""Common commands with a kind that only defines how its objects are listed and read."""

from onecore.commands.common import list_, show
from onecore.commands.objects import KINDS
from tests.doubles.fake_cloud import cloud, described

CLUSTERS = [described("onecluster", 100, "lab"), described("onecluster", 0, "default")]


def test_objects_are_listed_by_number():
    assert list_(cloud(onecluster=CLUSTERS), KINDS["onecluster"]) == [
        {"id": 0, "name": "default", "managed": None},
        {"id": 100, "name": "lab", "managed": None},
    ]


def test_an_object_is_shown_by_name_or_number():
    clusters = KINDS["onecluster"]
    assert show(cloud(onecluster=CLUSTERS), clusters, "lab") == {"ID": "100", "NAME": "lab"}
    assert show(cloud(onecluster=CLUSTERS), clusters, 0) == {"ID": "0", "NAME": "default"}
