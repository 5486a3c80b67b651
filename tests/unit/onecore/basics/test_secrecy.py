import base64
import json
import logging
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onecore.basics.plan import Change, both_shown, render, shown
from onecore.basics.secrecy import HIDDEN, Secrets, discreet, masked, quoted
from onecore.basics.syntax import render as template

SECRET = 's3cr"et & <more>\\'


@pytest.fixture
def known(secrets_known):
    return secrets_known


NAMES = """
password PASSWD ROOT_PASSWORD CRYPTED_PASSWORD passphrase DB_PASS PASS user_pass DB_PWD SECRET client_secret TOKEN
context:LOGIN_TOKEN CREDENTIALS PRIVATE_KEY privatekey API_KEY APIKEY api-key WIFI_PSK PSK DSN SENTRY_DSN RSYNC_KEY KEY
ENCRYPTION_KEY SSH_KEY context:SIGNING_KEY ACCESS_KEY_ID
"""
NO_NAMES = """
NAME SSH_PUBLIC_KEY ssh_public_key PUBLICKEY KEYMAP MONKEY COMPASS PASSIVE BYPASS PIN_POLICY vlan_id networks KEYS
AUTHORIZED_KEYS minion_id NOTE LICENCE
"""


@pytest.mark.parametrize("name", NAMES.split())
def test_names_of_secrets(known, name):
    assert known.is_named(name)
    assert shown("hunter2", name) == HIDDEN


@pytest.mark.parametrize("name", NO_NAMES.split())
def test_names_of_others(known, name):
    assert not known.is_named(name)
    assert shown("hunter2", name) == "hunter2"


def test_further_names_can_be_declared(known):
    known.declare(["Licence"])
    assert [known.is_named(name) for name in ("LICENCE", "context:licence", "LICENCES")] == [True, True, False]


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        f"refused: {SECRET}.",
        f"Parse error near {template({'A': SECRET, 'B': SECRET})}",
        template({"A": SECRET.rstrip("\\") + "."}),
        repr({"a": SECRET}),
        json.dumps({"a": SECRET}),
        f"<A>{escape(SECRET)}</A>",
        f"START_SCRIPT_BASE64={base64.b64encode(SECRET.encode()).decode()}",
        f"{SECRET}{SECRET}",
    ],
)
def test_a_secret_is_struck_out_however_it_is_written(known, text):
    known.remember(SECRET)
    known.remember(SECRET.rstrip("\\"))
    assert HIDDEN in masked(text)
    assert "s3cr" not in masked(text)
    assert base64.b64encode(SECRET.encode()).decode() not in masked(text)


def test_every_line_of_a_long_secret_is_one(known):
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\nAAS=\n-----END KEY-----\n"
    known.remember(key)
    assert masked(f"a: {key}b") == f"a: {HIDDEN}b"
    assert masked("it ends at MIIEvQIBADANBgkqhkiG9w0BAQEF") == f"it ends at {HIDDEN}"


def test_the_longest_is_struck_out_first(known):
    known.remember(["correcthorse", "correcthorsebattery"])
    assert masked("correcthorsebattery correcthorse") == f"{HIDDEN} {HIDDEN}"


@pytest.mark.parametrize(
    ("secret", "text", "left"),
    [
        ("tiger", "a tiger, two tigers; tiger", f"a {HIDDEN}, two tigers; {HIDDEN}"),
        ("tigers12", "xtigers12x", f"x{HIDDEN}x"),
        ("cat", "a cat", "a cat"),
        ("yes", "yes or no", "yes or no"),
        ("oneadmin", "user oneadmin", "user oneadmin"),
        ("OpenNebula", "OpenNebula says no", "OpenNebula says no"),
        (4096, "4096 MB", "4096 MB"),
        (123456, "PIN 123456, 1234567", f"PIN {HIDDEN}, 1234567"),
        (True, "True", "True"),
        ("", "anything", "anything"),
        ("    ", "a    b", "a    b"),
        ("**********", "a ********** b", "a ********** b"),
        (None, "None", "None"),
        ({"a": ["hunter22"]}, "is hunter22", f"is {HIDDEN}"),
    ],
)
def test_what_is_struck_out(known, secret, text, left):
    known.remember(secret)
    assert masked(text) == left


def test_data_keeps_its_shape_and_its_keys(known):
    known.remember("hunter22")
    data = {"hunter22": ["hunter22", 7, None, True, 1.5, {"a": "is hunter22"}], "b": ("hunter22",)}
    assert masked(data) == {"hunter22": [HIDDEN, 7, None, True, 1.5, {"a": f"is {HIDDEN}"}], "b": [HIDDEN]}


def test_declared_data_tells_what_is_secret(known):
    known.learn(
        {
            "users": {
                "alice": {"password": "alice-password", "ssh_public_key": "ssh-ed25519 AAAAC3Nz", "vlan_base": 7}
            },
            "gateway": {"context": {"WIFI_PSK": "wifi-password", "note": "sdb://vault/note", "ROLE": "router"}},
            "attributes": {"BLOB": "sdb://vault/blob"},
            "tokens": ["first-token", "second-token"],
            "quota": "sdb://vault/quota",
            "connection": {"password": "sdb://vault/one"},
        }
    )
    said = "alice-password wifi-password first-token second-token"
    assert masked(said) == " ".join([HIDDEN] * 4)
    public = "ssh-ed25519 AAAAC3Nz router sdb://vault/one sdb://vault/blob"
    assert masked(public) == public
    # Where a secret store has the value, what was there before is known by nobody's value, but by its name.
    assert [known.is_named(name) for name in ("context:NOTE", "BLOB", "quota", "ROLE")] == [True, True, False, False]


def test_a_change_hides_what_a_secret_takes_the_place_of(known):
    known.remember("new-secret")
    assert both_shown(Change("NOTE", "old-secret", "new-secret", "update")) == {
        "old": HIDDEN,
        "new": f"{HIDDEN} (another)",
    }
    script = both_shown(Change("START_SCRIPT", "login old-secret", "login new-secret", "update"))
    assert script == {"old": HIDDEN, "new": f"login {HIDDEN}"}
    vector = both_shown(Change("CONTEXT", {"A": "old-secret", "B": "x"}, {"A": "new-secret", "B": "y"}, "update"))
    assert vector == {"old": {"A": HIDDEN, "B": "x"}, "new": {"A": f"{HIDDEN} (another)", "B": "y"}}
    listed = both_shown(Change("NOTES", ["old-secret"], ["new-secret", "other"], "update"))
    assert listed == {"old": [HIDDEN], "new": [HIDDEN, "other"]}
    assert both_shown(Change("NOTE", None, "new-secret", "update")) == {"old": None, "new": HIDDEN}
    assert both_shown(Change("NOTE", "new-secret", "none", "update")) == {"old": HIDDEN, "new": "none"}


def test_rendered_changes_and_their_text_hold_no_secret(known):
    known.remember("canary-of-mine")
    changes = [Change(path, "canary-of-mine", "canary-of-mine too", "update") for path in ("A", "nics:canary")]
    assert "canary-of" not in str(render(changes)) + repr(changes)


def test_a_value_in_a_sentence(known):
    known.remember("canary-of-mine")
    assert quoted("canary-of-mine too") == f"'{HIDDEN} too'"
    assert quoted({"a": "canary-of-mine"}) == f"{{'a': '{HIDDEN}'}}"
    assert (quoted(5), quoted("x" * 120)) == ("5", repr("x" * 120))
    assert quoted("x" * 121) == f"{'x' * 120!r}…" and len(quoted(["y" * 1000])) == 121


def test_a_discreet_logger(known, caplog):
    known.remember("canary-of-mine")
    log = discreet("onecore.test")
    with caplog.at_level(logging.DEBUG, "onecore.test"):
        log.debug("it is %s", "canary-of-mine")
        log.info("%d of %s", 3, ["canary-of-mine"])
    assert caplog.messages == [f"it is {HIDDEN}", f"3 of ['{HIDDEN}']"]


@given(st.text(min_size=1), st.text(), st.text())
def test_no_secret_of_some_length_is_left(secret, before, after):
    known = Secrets()
    known.remember(secret)
    left = known.strike(f"{before}{secret}{after}")
    if len(secret.strip()) >= 8 and known.holds(secret):
        assert secret not in left
    if len(secret.strip()) < 4:
        assert left == f"{before}{secret}{after}"
