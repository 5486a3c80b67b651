import re

import pytest

from onecore.basics.errors import ConfigurationError
from onecore.wire.client import Client
from onecore.wire.settings import Settings

URL = "http://one.example:2633/RPC2"
SECRET = "s3cret"


@pytest.fixture
def home(tmp_path):
    """A home directory, as environment, without any OpenNebula credentials."""
    (tmp_path / ".one").mkdir()
    return {"HOME": str(tmp_path)}


def auth_file(tmp_path, content, name="auth"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


@pytest.mark.parametrize(
    ("mapping", "session"),
    [
        ({"username": "alice", "password": "s3cret"}, "alice:s3cret"),
        ({"username": "alice", "password": "with:colon é"}, "alice:with:colon é"),
        ({"username": "alice", "token": "0123abcd"}, "alice:0123abcd"),
        ({"token": "alice:0123abcd"}, "alice:0123abcd"),
        ({"token": "alice:0123abcd", "username": "alice"}, "alice:0123abcd"),
        ({"username": "alice", "password": "s3cret", "token": None, "auth_file": None}, "alice:s3cret"),
    ],
)
def test_credentials(mapping, session, home):
    settings = Settings.read({"endpoint": URL, **mapping}, home)
    assert settings.session == session
    assert settings.username == "alice"


def test_an_explicit_setting_goes_before_the_environment_and_that_before_the_home(tmp_path, home):
    auth_file(tmp_path / ".one", "home:1\n", "one_auth")
    assert Settings.read({"endpoint": URL}, home).session == "home:1"
    environment = {**home, "ONE_XMLRPC": URL, "ONE_AUTH": auth_file(tmp_path, "environment:2\n", "two")}
    assert Settings.read({}, environment).session == "environment:2"
    assert Settings.read(None, environment).endpoint == URL
    given = {"endpoint": "https://other.example/RPC2", "auth_file": auth_file(tmp_path, "file:3", "three")}
    settings = Settings.read(given, environment)
    assert (settings.endpoint, settings.session) == ("https://other.example/RPC2", "file:3")
    assert Settings.read({"username": "x", "password": "4"}, environment).session == "x:4"


def test_a_tilde_in_auth_file_is_the_home(tmp_path, home):
    auth_file(tmp_path, "alice:1", "mine")
    assert Settings.read({"endpoint": URL, "auth_file": "~/mine"}, home).session == "alice:1"


@pytest.mark.parametrize("endpoint", ["http://one.example:2633", "http://one.example:2633/", " " + URL + " "])
def test_the_path_of_the_api_may_be_left_out(endpoint):
    assert Settings(endpoint, "a:b").endpoint == URL


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        ("http://x", "connection must be a dictionary of settings, not text"),
        (["x"], "not a list"),
        ({"endpont": URL}, "unknown setting 'endpont', did you mean 'endpoint'?"),
        ({"endpoint": None}, "no endpoint; set it to the address"),
        ({"endpoint": 2633}, "connection:endpoint must be text, not a number"),
        ({"endpoint": "one.example:2633"}, "is not an http or https URL such as"),
        ({"endpoint": "grpc://one.example"}, "is not an http or https URL"),
        ({"endpoint": "http://"}, "is not an http or https URL"),
        ({"endpoint": "http://one.example:0/"}, "is not an http or https URL"),
        ({"endpoint": "http://one.example:port/"}, "check its host and port"),
        ({"endpoint": "http://[::1/"}, "not a valid URL"),
        ({"endpoint": f"http://alice:{SECRET}@one.example/RPC2"}, "must not hold credentials"),
        ({"endpoint": f"http:/alice:{SECRET}@one.example/RPC2"}, "must not hold credentials"),
        ({"endpoint": URL + "?a=b"}, "without spaces, '?' and '#'"),
        ({"endpoint": "http://one example/"}, "without spaces"),
        ({"endpoint": URL + "\n"}, "contains a line break"),
        ({"username": "alice"}, "username without password, token or auth_file"),
        ({"password": SECRET}, "password without username"),
        ({"token": SECRET}, "token without username"),
        ({"username": "bob", "token": "alice:" + SECRET}, "begins with another user name"),
        ({"username": "alice", "password": SECRET, "token": SECRET}, "give one of password and token, not both"),
        ({"username": "alice", "password": 123456}, "password must be text, not a number: put it in quotes"),
        ({"username": 7, "password": SECRET}, "username must be text, not a number"),
        ({"username": "al:ice", "password": SECRET}, "username must not contain ':'"),
        ({"username": "alice", "password": ""}, "connection:password is empty"),
        ({"username": "alice", "password": "**********"}, "only asterisks: Salt has masked it"),
        ({"username": "alice", "password": SECRET + "\n"}, "connection:password contains a line break"),
        ({"timeout": 0}, "connection:timeout must be a number of seconds above 0"),
        ({"timeout": "30"}, "connection:timeout must be a number of seconds"),
        ({"timeout": True}, "connection:timeout"),
        ({"timeout": float("nan")}, "connection:timeout"),
        ({"timeout": 1e9}, "connection:timeout"),
        ({"retries": -1}, "connection:retries must be a whole number from 0 to"),
        ({"retries": 1.5}, "connection:retries"),
        ({"verify": "no"}, "connection:verify must be true or false, not text"),
        ({"ca": "/nowhere/ca.pem"}, "connection:ca '/nowhere/ca.pem' cannot be read: No such file"),
        ({"ca": "/etc/passwd", "verify": False}, "so ca would never be used"),
        ({"cert": "/nowhere/cert.pem"}, "connection:cert '/nowhere/cert.pem' cannot be read: No such file"),
        ({"cert": {"file": "x"}}, "connection:cert must be the path of a file, or a list"),
        ({"cert": ["a", "b", "c"]}, "connection:cert must be the path of a file, or a list"),
    ],
)
def test_wrong_settings_are_refused_in_a_sentence(mapping, sentence, home):
    if isinstance(mapping, dict):
        credentials = {"username", "password", "token"} & mapping.keys()
        mapping = {"endpoint": URL, **({} if credentials else {"username": "alice", "password": SECRET}), **mapping}
    with pytest.raises(ConfigurationError) as caught:
        Client.from_config(mapping, home)
    assert sentence in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (SECRET, "must hold one line user:password"),
        ("", "must hold one line"),
        (":" + SECRET, "must hold one line"),
        ("alice:", "must hold one line"),
        (f"alice:{SECRET}\nbob:{SECRET}", "must hold one line"),
        (b"\xff\xfe" + SECRET.encode(), "cannot be read: it is not text"),
    ],
)
@pytest.mark.parametrize("where", ["connection:auth_file", "ONE_AUTH"])
def test_a_malformed_file_of_credentials_is_refused(content, sentence, where, tmp_path, home):
    path = auth_file(tmp_path, content)
    mapping = {"endpoint": URL, "auth_file": path} if where == "connection:auth_file" else {"endpoint": URL}
    with pytest.raises(ConfigurationError) as caught:
        Settings.read(mapping, {**home, "ONE_AUTH": path})
    assert re.search(f"^{where} '{path}' .*{sentence}", str(caught.value))
    assert SECRET not in str(caught.value)


def test_a_missing_file_of_credentials_is_named(tmp_path, home):
    with pytest.raises(ConfigurationError, match="connection:auth_file '/nowhere' cannot be read: No such file"):
        Settings.read({"endpoint": URL, "auth_file": "/nowhere"}, home)
    with pytest.raises(ConfigurationError, match=r"ONE_AUTH '.*' cannot be read: Is a directory"):
        Settings.read({"endpoint": URL}, {**home, "ONE_AUTH": str(tmp_path)})
    with pytest.raises(ConfigurationError, match="no credentials; set username and password, token or auth_file"):
        Settings.read({"endpoint": URL}, home)


def test_a_certificate_may_be_one_file_or_two(tmp_path):
    one, two = auth_file(tmp_path, "", "one"), auth_file(tmp_path, "", "two")
    assert Settings(URL, "a:b", cert=one).cert == one
    assert Settings(URL, "a:b", cert=[one]).cert == one
    assert Settings(URL, "a:b", cert=[one, two]).cert == (one, two)


def test_the_session_does_not_show():
    assert SECRET not in repr(Settings(URL, f"alice:{SECRET}"))


@pytest.mark.parametrize("session", [None, "", "alice", "alice:", ":x", 3])
def test_a_session_is_user_and_password(session):
    with pytest.raises(ConfigurationError, match="of the form user:password"):
        Client(URL, session)
