"""Vectors of a template: disks, NICs, context."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onecore.basics.errors import ArgumentError
from onecore.basics.syntax import parse
from onecore.basics.syntax import render as as_template
from onecore.model.fields import REMOVED
from onecore.model.vectors import Disks, Nics, Vector, disk, nic
from tests.doubles.fake_cloud import resource

CONTEXT, GRAPHICS = Vector("context"), Vector("graphics")
DISKS, NICS = Disks("disks", "DISK", disk), Nics("nics", "NIC", nic)


def template(**attributes):
    return resource("onetemplate", TEMPLATE=attributes)


def changes(field, resource, value):
    return list(field.changes(resource, field.wanted(value)))


def test_a_vector_is_compared_whole():
    present = template(CONTEXT={"NETWORK": "YES", "ROLE": "router"})
    assert changes(CONTEXT, present, {"role": "router", "network": True}) == []
    (change,) = changes(CONTEXT, present, {"network": True})
    assert change.write == {"CONTEXT": {"NETWORK": "YES"}}
    (change,) = changes(CONTEXT, present, {})
    assert change.write == {"CONTEXT": REMOVED}
    assert changes(CONTEXT, template(), {}) == []
    assert CONTEXT.contribute(CONTEXT.wanted({})) == {}


def test_null_in_a_vector_is_left_out():
    assert changes(CONTEXT, template(CONTEXT={"A": "1"}), {"a": 1, "b": None}) == []


def test_disks():
    assert disk("disks[0]", {"image": "debian", "owner": "oneadmin", "size": "10G", "dev_prefix": None}) == {
        "IMAGE": "debian",
        "IMAGE_UNAME": "oneadmin",
        "SIZE": "10240",
    }
    present = template(DISK=[{"IMAGE": "debian", "IMAGE_UNAME": "oneadmin"}, {"TYPE": "swap", "SIZE": "1024"}])
    declared = [{"image": "debian", "owner": "oneadmin"}, {"type": "swap", "size": "1G"}]
    assert changes(DISKS, present, declared) == []
    assert changes(DISKS, template(DISK={"IMAGE": "debian"}), [{"image": "debian"}]) == []


def test_order_matters():
    present = template(NIC=[{"NETWORK": "a"}, {"NETWORK": "b"}])
    assert changes(NICS, present, [{"network": "a"}, {"network": "b"}]) == []
    (change,) = changes(NICS, present, [{"network": "b"}, {"network": "a"}])
    assert change.write == {"NIC": [{"NETWORK": "b"}, {"NETWORK": "a"}]}
    (change,) = changes(NICS, present, [])
    assert change.write == {"NIC": REMOVED}


def test_like_is_compared_with_like():
    """OpenNebula tells a list of one as that one alone."""
    (change,) = changes(DISKS, template(DISK={"IMAGE": "a"}), [{"image": "a"}, {"image": "b"}])
    assert (change.old, change.new) == ([{"IMAGE": "a"}], [{"IMAGE": "a"}, {"IMAGE": "b"}])
    (change,) = changes(DISKS, template(DISK={"IMAGE": "a"}), [{"image": "b"}])
    assert (change.old, change.new) == ([{"IMAGE": "a"}], [{"IMAGE": "b"}])
    (change,) = changes(DISKS, template(DISK={"IMAGE": "a"}), [])
    assert (change.old, change.new) == ([{"IMAGE": "a"}], [])
    (change,) = changes(DISKS, template(), [{"image": "b"}])
    assert (change.old, change.new) == (None, [{"IMAGE": "b"}])


@pytest.mark.parametrize("key", ["owner", "network_uname", "NETWORK_UID", "network_id"])
def test_a_nic_of_one_user_for_everybody_has_to_say_so(key):
    with pytest.raises(ArgumentError, match=r"^nics\[0\]: network_.*shared: true"):
        NICS.wanted([{"network": "EOLE", key: "2"}])
    (wanted,) = NICS.wanted([{"network": "EOLE", key: "2", "shared": True}])
    assert "SHARED" not in wanted and len(wanted) == 2
    assert NICS.wanted([{"network": "EOLE", key: None}]) == [{"NETWORK": "EOLE"}]


@pytest.mark.parametrize("shared", [None, False, "no", 0])
def test_not_shared(shared):
    assert NICS.wanted([{"network": "dmz1", "shared": shared}]) == [{"NETWORK": "dmz1"}]


def test_what_names_its_owner_must_exist():
    (reference,) = DISKS.references(DISKS.wanted([{"image": "a", "owner": "bob"}, {"image": "b"}, {"size": 5}]))
    assert (reference.kind.cli, reference.name, reference.owner, reference.why) == ("oneimage", "a", "bob", "disks[0]")
    wanted = NICS.wanted([{"network": "dmz1"}, {"network": "EOLE", "owner": "oneadmin", "shared": True}])
    (reference,) = NICS.references(wanted)
    assert (reference.kind.cli, reference.name, reference.owner, reference.why) == (
        "onevnet",
        "EOLE",
        "oneadmin",
        "nics[1]",
    )


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        (CONTEXT, "PASSWORD=hunter2", "context: must be a dictionary of attributes, not a text"),
        (CONTEXT, {"A": {"B": 1}}, "context: "),
        (CONTEXT, {"A": "1", "a": "2"}, "context: .*given twice"),
        (DISKS, {"a": {"image": "b"}}, "disks: must be a list, since their order matters, not a dictionary"),
        (DISKS, ["debian"], r"disks\[0\]: must be a dictionary of attributes"),
        (DISKS, [{"image": "a", "size": "big"}], r"disks\[0\]\.size: must be a size"),
        (NICS, [{"network": "a", "shared": "perhaps"}], r"nics\[0\]\.shared: must be true or false"),
        (NICS, [{"network": "a", "NETWORK": "b"}], r"nics\[0\]: NETWORK is given twice"),
        (DISKS, [{"image": "a", "IMAGE": "b"}], r"disks\[0\]: IMAGE is given twice"),
    ],
)
def test_vectors_that_cannot_be(field, value, said):
    with pytest.raises(ArgumentError, match=said) as caught:
        field.wanted(value)
    assert "hunter2" not in str(caught.value)


names = st.from_regex(r"[A-Z][A-Z0-9_]{0,5}", fullmatch=True).filter(lambda name: not name.startswith("XML"))
texts = st.text(alphabet=st.sampled_from('aé "\\[]=,#\n<&$'), max_size=6)
vectors = st.dictionaries(names, texts | st.integers() | st.booleans() | st.none(), max_size=4)


@given(vectors, vectors)
def test_a_second_look_finds_nothing(old, new):
    field = Vector("context", "VECTOR")
    for present in (field.contribute(field.wanted(old)), field.contribute(field.wanted(new))):
        stored = parse(as_template(present)) if present else {}
        found = changes(field, template(**stored), new)
        written = found[0].write if found else stored
        assert changes(field, template(**parse(as_template(written))), new) == []
