"""Changes as data and for people."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onecore.basics.plan import Change, Desired, Order, by_writer, render, shown
from onecore.basics.secrecy import HIDDEN


def change(path, old, new, writer="update"):
    return Change(path, old, new, writer)


def test_changes_have_both_sides():
    assert render([change("vlan_id", 100, 101), change("phydev", "", "eth1")]) == {
        "vlan_id": {"old": 100, "new": 101},
        "phydev": {"old": None, "new": "eth1"},
    }


def test_no_change_is_lost_when_two_have_one_path():
    both = [change("nics:dmz1", None, {"IP": "10.0.0.1"}), change("nics:dmz1", None, {"IP": "10.0.0.2"})]
    assert render(both) == {
        "nics:dmz1": {"old": None, "new": {"IP": "10.0.0.1"}},
        "nics:dmz1 (2)": {"old": None, "new": {"IP": "10.0.0.2"}},
    }


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_whatever_is_shown_can_be_written_as_json(value):
    json.dumps(shown(value), allow_nan=False)


def test_mappings_may_have_any_keys():
    assert shown({1: "a", None: ("b",)}) == {"1": "a", "None": ["b"]}


@pytest.mark.parametrize(
    "path",
    [
        "password",
        "context:ROOT_PASSWORD",
        "context:PASSWORD_BASE64",
        "GRAPHICS:PASSWD",
        "SSH_PASSPHRASE",
        "SSH_PRIVATE_KEY",
        "ONEGATE_TOKEN",
        "CLIENT_SECRET",
        "ADMIN_PWD",
    ],
)
def test_secrets_are_hidden_by_their_names(path):
    text = str(render([change(path, "hunter1", "hunter2"), change("outer", {path: "hunter3"}, [{path: "hunter4"}])]))
    assert "hunter" not in text
    assert HIDDEN in text


@pytest.mark.parametrize("path", ["ssh_public_key", "SSH_PUBLIC_KEY", "network", "context:NETWORK"])
def test_what_is_public_is_shown(path):
    assert render([change(path, "a", "b")]) == {path: {"old": "a", "new": "b"}}


def test_two_hidden_values_are_told_apart():
    assert render([change("password", "hunter1", "hunter2")]) == {
        "password": {"old": HIDDEN, "new": f"{HIDDEN} (another)"}
    }


def test_two_hidden_values_are_told_apart_within_a_vector():
    old, new = {"TYPE": "VNC", "PASSWD": "hunter1"}, {"TYPE": "VNC", "PASSWD": "hunter2"}
    assert render([change("graphics", old, new)]) == {
        "graphics": {
            "old": {"TYPE": "VNC", "PASSWD": HIDDEN},
            "new": {"TYPE": "VNC", "PASSWD": f"{HIDDEN} (another)"},
        }
    }


def test_a_hidden_value_that_stays_is_not_called_another():
    old, new = {"TYPE": "VNC", "PASSWD": "hunter1"}, {"TYPE": "SPICE", "PASSWD": "hunter1"}
    assert render([change("graphics", old, new)])["graphics"]["new"] == {"TYPE": "SPICE", "PASSWD": HIDDEN}


def test_changes_are_shared_out_to_their_writers_in_order():
    first, second, third = change("a", 1, 2), change("b", 1, 2, "chmod"), change("c", 1, 2)
    assert by_writer([first, second, third]) == {"update": [first, third], "chmod": [second]}


def test_no_secret_in_what_python_prints():
    values = {"password": "hunter2", "attributes": {"ANSWER": "hunter2"}}
    desired = Desired("oneuser", "alice", None, values)
    written = Change("password", HIDDEN, HIDDEN, "password", "hunter2")
    named = change("SSH_PASSPHRASE", "hunter1", "hunter2")
    assert "hunter" not in repr([desired, Order(desired, values), written, named])
    assert repr(written) == "<Change of password: {'old': '********', 'new': '******** (another)'}>"
