"""The fields of a kind: their requirements, their writes, and their differences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onecore.basics.addresses import ADDRESS
from onecore.basics.errors import ArgumentError, RefusedError
from onecore.basics.marks import DIGESTS, MARK, Mark
from onecore.basics.plan import Desired, render
from onecore.basics.syntax import normalise, parse
from onecore.basics.syntax import render as as_template
from onecore.basics.values import YES_NO, Integer
from onecore.kinds.vm.changes import OnChange
from onecore.model.attributes import Attributes
from onecore.model.fields import REMOVED, Attribute, same_attribute
from onecore.model.kind import Kind
from onecore.model.ownership import GROUP, MANAGED, OWNER, PERMISSIONS, Marking
from onecore.model.writers import update
from tests.doubles.fake_cloud import resource

VLAN = Attribute("vlan_id", Integer(1, 4095), path="VLAN_ID", disruptive=True)
MTU = Attribute("mtu", Integer(68, 65535))
GATEWAY = Attribute("gateway", ADDRESS)
FIXED = Attribute("datastore", path="DATASTORE", template=False, writer=None)
DRAWN = Attribute("automatic_vlan_id", YES_NO, path="VLAN_ID_AUTOMATIC", writer=None)
FREE = Attributes([VLAN, MTU, GATEWAY])


def network(**content):
    return resource("onevnet", name="dmz", **content)


def changes(field, resource, value):
    return list(field.changes(resource, field.wanted(value)))


def test_an_attribute_that_is_as_declared():
    assert changes(VLAN, network(VLAN_ID=100), "100") == []
    assert changes(MTU, network(TEMPLATE={"MTU": "1500"}), 1500) == []
    assert changes(GATEWAY, network(TEMPLATE={"GATEWAY": "2001:DB8::0001"}), "2001:db8::1") == []
    assert changes(GATEWAY, network(), "") == []


def test_an_attribute_that_differs():
    (change,) = changes(VLAN, network(VLAN_ID=100), 101)
    assert (change.path, change.old, change.new, change.write) == ("vlan_id", 100, 101, {"VLAN_ID": "101"})
    assert (change.writer, change.disruptive) == ("update", True)


def test_an_attribute_is_taken_away_by_an_empty_text():
    (change,) = changes(MTU, network(TEMPLATE={"MTU": "1500"}), "")
    assert (change.old, change.new, change.write) == (1500, "", {"MTU": REMOVED})
    assert MTU.contribute(MTU.wanted("")) == {}


def test_what_a_template_does_not_hold_cannot_be_emptied():
    enabled = Attribute("enabled", YES_NO, path="ENABLED", template=False, writer="enabled")
    with pytest.raises(ArgumentError, match=r"^enabled must not be empty"):
        enabled.wanted("")


def test_false_is_not_the_same_as_nothing():
    persistent = Attribute("persistent", YES_NO, path="PERSISTENT", writer="persistent")
    assert changes(persistent, resource("oneimage", PERSISTENT=0), False) == []
    (change,) = changes(persistent, resource("oneimage", PERSISTENT=1), False)
    assert (change.old, change.new) == (True, False)


def test_what_cannot_be_changed_is_refused_in_words():
    with pytest.raises(RefusedError, match=r"^datastore cannot be changed from default to fast on an existing object"):
        changes(FIXED, resource("oneimage", DATASTORE="default"), "fast")
    with pytest.raises(RefusedError, match=r"^automatic_vlan_id cannot be changed from true to false"):
        changes(DRAWN, network(VLAN_ID_AUTOMATIC=1), False)
    with pytest.raises(RefusedError, match="from nothing to true"):
        changes(DRAWN, network(), True)
    assert changes(FIXED, resource("oneimage", DATASTORE="default"), "default") == []
    assert changes(DRAWN, network(VLAN_ID_AUTOMATIC=0), False) == []


def test_a_new_object_takes_what_an_old_one_could_not_change():
    (change,) = changes(FIXED, None, "fast")
    assert (change.old, change.new) == ("", "fast")


def test_free_attributes_are_compared_one_by_one():
    present = network(TEMPLATE={"DNS": "1.1.1.1", "NOTE": "keep", "SECURITY_GROUPS": "0"})
    found = changes(FREE, present, {"dns": "1.1.1.1", "security_groups": "0,100", "new": True, "note": None})
    assert render(found) == {
        "SECURITY_GROUPS": {"old": "0", "new": "0,100"},
        "NEW": {"old": None, "new": "YES"},
        "NOTE": {"old": "keep", "new": None},
    }
    assert [change.write for change in found] == [{"SECURITY_GROUPS": "0,100"}, {"NEW": "YES"}, {"NOTE": REMOVED}]


def test_what_is_not_there_need_not_be_removed():
    assert changes(FREE, network(), {"NOTE": None, "OTHER": ""}) == []
    assert FREE.contribute(FREE.wanted({"NOTE": None, "OTHER": "", "KEPT": 1})) == {"KEPT": "1"}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (["DNS"], "attributes: must be a dictionary of attributes"),
        ({"VLAN_ID": 5}, r"attributes\.VLAN_ID: use vlan_id instead"),
        ({"mtu": 5}, r"attributes\.mtu: use mtu instead"),
        ({"salt_managed": "x"}, r"attributes\.salt_managed: the states set it"),
        ({"A B": "x"}, r"attributes\.A B: .*no name"),
        ({"A": {"B": {"C": 1}}}, r"attributes\.A: "),
        ({"A": "x]]>y"}, r"attributes\.A: "),
        ({"A": "1", "a": "2"}, "attributes.*A is given twice"),
        ({5: "x"}, r"attributes\.5: "),
    ],
)
def test_free_attributes_that_cannot_be(value, said):
    with pytest.raises(ArgumentError, match=said):
        FREE.wanted(value)


@pytest.mark.parametrize("value", ["PASSWORD=hunter2", ["hunter2"], {"PASSWORD": "hunter2]]>"}])
def test_a_refused_value_is_not_shown(value):
    with pytest.raises(ArgumentError) as caught:
        FREE.wanted(value)
    assert "hunter2" not in str(caught.value)


def test_where_only_one_value_is_kept():
    with pytest.raises(ArgumentError, match="only one value"):
        Attributes(repeats=False).wanted({"A": ["1", "2"]})


def test_encrypted_attributes_are_compared_by_their_digests():
    field = Attributes(encrypted=["SSH_PRIVATE_KEY"])
    created = field.contribute(field.wanted({"ssh_private_key": "plain"}))
    there = {"SSH_PRIVATE_KEY": "b64==", DIGESTS: created[DIGESTS]}
    assert changes(field, network(TEMPLATE=there), {"ssh_private_key": "plain"}) == []
    unknown, gone = {**there, DIGESTS: {}}, {DIGESTS: there[DIGESTS]}
    for present, declared in ((there, "hidden"), (unknown, "plain"), (gone, "plain")):
        (change,) = changes(field, network(TEMPLATE=present), {"ssh_private_key": declared})
        assert change.write["SSH_PRIVATE_KEY"] == declared
        assert declared not in repr(change)


def test_digests_that_came_with_a_copy_are_not_its_own():
    field = Attributes(encrypted=["SSH_PRIVATE_KEY"])
    created = field.contribute(field.wanted({"ssh_private_key": "plain"}))
    for mark in ("x", "eole/alice/onevnet/dmz"):
        copy = network(owner="bob", TEMPLATE={"SSH_PRIVATE_KEY": "b64==", MARK: mark, **created})
        assert len(changes(field, copy, {"ssh_private_key": "plain"})) == 1


def test_encrypted_attributes_can_be_taken_away():
    field = Attributes(encrypted=["SSH_PRIVATE_KEY"])
    (change,) = changes(field, network(TEMPLATE={"SSH_PRIVATE_KEY": "b64=="}), {"ssh_private_key": None})
    assert change.write == {"SSH_PRIVATE_KEY": REMOVED, DIGESTS: {"SSH_PRIVATE_KEY": None}}


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("5", 5, True),
        ({"A": "1", "B": "2"}, {"B": 2, "A": 1}, True),
        ([{"A": "1"}], {"A": 1}, True),
        (["1"], "1", True),
        ("", {}, True),
        ("", None, True),
        ([], "", True),
        (["1", "2"], ["2", "1"], False),
        ({"A": "1"}, {"A": "1", "B": ""}, False),
        ("YES", True, True),
    ],
)
def test_same_attribute(old, new, same):
    assert same_attribute(old, new) is same


@pytest.mark.parametrize(
    ("old", "new"), [({"A": "1"}, [{"A": "1"}, {"A": "2"}]), ([{"A": "1"}, {"A": "2"}], {"A": "1"})]
)
def test_a_list_is_compared_with_a_list(old, new):
    (change,) = changes(FREE, network(TEMPLATE={"LIST": old}), {"list": new})
    assert isinstance(change.old, list) and isinstance(change.new, list)
    assert same_attribute(change.old, old) and same_attribute(change.new, new)


def test_owner_group_permissions():
    present = network(owner="alice", mode="640")
    assert changes(OWNER, present, "bob") == []
    assert [change.new for change in OWNER.changes(None, "bob")] == ["bob"]
    (change,) = changes(GROUP, present, "eole")
    assert (change.old, change.new, change.write) == ("users", "eole", "eole")
    assert changes(PERMISSIONS, present, "640") == []
    (change,) = changes(PERMISSIONS, present, "604")
    assert (change.old, change.new, change.write) == ("640", "604", [1, 1, 0, 0, 0, 0, 1, 0, 0])


def test_the_mark_is_put_on_new_objects_and_where_it_is_wanted():
    mark = Mark("eole", "alice", "onevnet", "dmz")
    stranger, ours = network(), network(TEMPLATE={"SALT_MANAGED": str(mark)})
    assert MANAGED.contribute(Marking(mark)) == {"SALT_MANAGED": "eole/alice/onevnet/dmz"}
    assert MANAGED.is_foreign(stranger, Marking(mark)) and not MANAGED.is_foreign(ours, Marking(mark))
    assert list(MANAGED.changes(stranger, Marking(mark))) == []
    assert list(MANAGED.changes(ours, Marking(mark, adopt=True))) == []
    (change,) = MANAGED.changes(stranger, Marking(mark, adopt=True))
    assert change.write == {"SALT_MANAGED": "eole/alice/onevnet/dmz/adopted"}
    (change,) = MANAGED.changes(stranger, Marking(mark, own=True))
    assert change.write == {"SALT_MANAGED": "eole/alice/onevnet/dmz"}


@pytest.mark.parametrize(
    "copied",
    [
        # What OpenNebula copies the attributes of: a clone or a reservation, a VM's template, a mark of long ago.
        "eole/alice/onevnet/lan",
        "eole/alice/onetemplate/dmz",
        "eole/alice/",
    ],
)
def test_a_mark_that_names_another_object_is_none(copied):
    copy = network(TEMPLATE={"SALT_MANAGED": copied})
    assert copy.mark is None and not copy.ours and copy.managed == "" and not copy.made_for("alice")


def test_a_mark_for_another_user_came_with_a_copy():
    copy = network(owner="bob", TEMPLATE={"SALT_MANAGED": "eole/alice/onevnet/dmz"})
    assert not copy.ours and not copy.made_for("alice") and copy.managed == ""
    for source in ("eole", "sls"):
        mark = Mark(source, "bob", "onevnet", "dmz")
        assert MANAGED.is_foreign(copy, Marking(mark)) and list(MANAGED.changes(copy, Marking(mark))) == []
        (change,) = MANAGED.changes(copy, Marking(mark, adopt=True))
        assert change.write == {"SALT_MANAGED": f"{source}/bob/onevnet/dmz/adopted"}


def test_what_was_taken_over_stays_told_apart():
    taken = network(TEMPLATE={"SALT_MANAGED": "sls/alice/onevnet/dmz/adopted"})
    assert not taken.ours and not taken.made_for("alice") and taken.managed == "sls/alice"
    (change,) = MANAGED.changes(taken, Marking(Mark("eole", "alice", "onevnet", "dmz")))
    assert change.write == {"SALT_MANAGED": "eole/alice/onevnet/dmz/adopted"}


names = st.from_regex(r"[A-Z_][A-Z0-9_]{0,6}", fullmatch=True).filter(lambda name: not name.startswith("XML"))
texts = st.text(alphabet=st.sampled_from('aé "\\[]=,#\n<&'), min_size=1, max_size=8).filter(lambda text: text.strip())
leaves = texts | st.integers() | st.booleans()
entries = leaves | st.dictionaries(names, leaves, min_size=1, max_size=3)
declared = st.dictionaries(names, entries | st.lists(entries, min_size=1, max_size=3), max_size=4)
CALLS = ("onevnet", "network", "one.vn", "one.vnpool.info", "VNET")
KIND = Kind(*CALLS, fields=(MTU, Attributes([MTU]), MANAGED), writers={"update": update("one.vn")})


@pytest.mark.parametrize("field", [Attribute("mtu", writer="nobody"), OnChange("on_change", writer=None)])
def test_a_field_needs_its_writers(field):
    with pytest.raises(ValueError, match=rf"^onevnet: there is no writer \w+ for {field.name}$"):
        Kind(*CALLS, fields=(field,), writers={"update": update("one.vn")})


def test_a_change_tells_its_field():
    (change,) = changes(FREE, network(), {"QINQ_TYPE": "x"})
    assert (change.path, change.field) == ("QINQ_TYPE", "attributes")


@given(declared.filter(lambda value: not value.keys() & {"MTU", "SALT_MANAGED"}), st.none() | st.integers(68, 9000))
def test_a_new_object_is_as_declared(attributes, mtu):
    """What is put into a template, and comes back as OpenNebula reads it, makes no difference any more."""
    order = KIND.order(Desired("onevnet", "it", None, {"attributes": attributes, "mtu": mtu}, "eole/alice"), "oneadmin")
    stored = parse(as_template(KIND.contribution(order)))
    assert stored == normalise(KIND.contribution(order))
    assert KIND.changes(order, network(TEMPLATE=stored)) == []


@given(declared, declared)
def test_writing_the_changes_makes_it_so_and_leaves_the_rest(old, new):
    """OpenNebula merges what is written: each attribute that comes is taken away before it is set."""
    field = Attributes()
    new = {name: value for name, value in new.items() if name != "SALT_MANAGED"}
    present = {name: value for name, value in normalise(old).items() if value}
    for change in changes(field, network(TEMPLATE=present), new):
        for name, value in normalise(change.write).items():
            present.pop(name, None)
            if value:
                present[name] = value
    assert changes(field, network(TEMPLATE=present), new) == []
    assert all(same_attribute(present[name], value) for name, value in normalise(old).items() if name not in new)
