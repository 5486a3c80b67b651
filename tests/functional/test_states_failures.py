"""An endpoint that is down, hangs or answers nonsense, wrong credentials, hostile values: one sentence, no losses."""

import pytest

from tests.doubles import endpoint as endpoints

pytest_plugins = ["tests.functional.driver"]

STATES = {
    "onegroup.present": {},
    "oneuser.present": {"password": "top-secret"},
    "onevnet.present": {"driver": "dummy", "bridge": "b"},
    "oneimage.present": {"datastore": "default", "size": 10, "type": "DATABLOCK"},
    "onetemplate.present": {"memory": 128},
    "onevm.present": {"template": "t"},
    "onevnet.absent": {},
    "onevnet.renamed": {"source": "y"},
}
SECRET = "the-account's-password"


@pytest.fixture
def endpoint():
    """An endpoint that behaves as a test says."""
    server = endpoints.Endpoint()
    yield server
    server.stop()


@pytest.fixture
def against(drive):
    """Give Salt these connection settings; returns what runs states."""

    def connect(**settings):
        account = {"username": "oneadmin", "password": SECRET}
        return drive({"connection": {**account, "timeout": 0.3, "retries": 0, **settings}})

    return connect


def fails(one, function, **arguments):
    """The sentence of a state that must fail both as a dry run and for real."""
    results = [one.state(function, test=test, name="x", **arguments) for test in (True, False)]
    for result in results:
        assert result.result is False
        assert result.changes == {}
        assert SECRET not in result.comment
        assert "top-secret" not in result.comment
        assert "Traceback" not in result.comment
    return results[-1].comment


@pytest.mark.parametrize("function", STATES)
def test_an_endpoint_that_is_down(against, endpoint, function):
    url = endpoint.url
    endpoint.stop()
    assert url in fails(against(endpoint=url), function, **STATES[function])


@pytest.mark.parametrize("function", STATES)
def test_an_endpoint_that_never_answers(against, endpoint, function):
    endpoint.otherwise = endpoints.hang
    assert "gave no answer within 0.3 s" in fails(against(endpoint=endpoint.url), function, **STATES[function])
    # Neither the dry run nor the real one makes another call after the one that found no answer.
    assert len(endpoint.requests) == 2


NONSENSE = {
    "HTML": endpoints.http(endpoints.HTML, content_type="text/html"),
    "an empty body": endpoints.http(b""),
    "an HTTP error": endpoints.http(b"no", status="502 Bad Gateway"),
    "a cut answer": endpoints.cut,
    "a closed connection": endpoints.close,
    "broken XML": endpoints.answering(True, "<VNET_POOL><VNET>"),
    "no XML": endpoints.answering(True, "hello"),
}


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_an_endpoint_that_talks_nonsense(against, endpoint, nonsense):
    endpoint.otherwise = NONSENSE[nonsense]
    one = against(endpoint=endpoint.url)
    for function, arguments in STATES.items():
        assert len(fails(one, function, **arguments)) < 500


@pytest.mark.parametrize("settings", [{"password": "wrong"}, {"username": "nobody"}], ids=["password", "user"])
def test_wrong_credentials(against, module_cloud, settings):
    one = against(endpoint=module_cloud.endpoint, **settings)
    for function, arguments in STATES.items():
        assert "does not accept the user" in fails(one, function, **arguments)


def test_settings_that_cannot_be_right(against):
    told = fails(against(endpont="http://localhost"), "onevnet.present", driver="dummy")
    assert "did you mean 'endpoint'?" in told


def test_an_unknown_profile(one):
    sentence = one.refused("onevnet.present", name="x", driver="dummy", profile="lab")
    assert "no profile 'lab'" in sentence


def test_a_pillar_that_is_no_mapping(drive):
    for wrong in (None, "text", ["a"], 5, {"connection": "text"}, {"connection": ["a"]}):
        fails(drive(wrong), "onevnet.present", driver="dummy")


def test_execution_functions_fail_in_one_sentence_too(against, endpoint):
    endpoint.otherwise = endpoints.http(endpoints.HTML, content_type="text/html")
    one = against(endpoint=endpoint.url)
    for call in (("onevnet.list",), ("onevm.show", 5), ("oneuser.passwd", "alice", "top-secret")):
        told = one.refusal(*call)
        assert SECRET not in told
        assert "top-secret" not in told


# -- values ------------------------------------------------------------------------------------------------------

VALUES = {
    "quotes": """say "hi" and 'so'""",
    "brackets": "[a=1, b=[2]] {c}",
    "newlines": "one\n  two\n\nfour",
    "backslash": "C:\\dir\\",
    "escaped": 'a \\" b \\\\',
    "accents": "é ü œ ☺ \u00a0x",
    "markup": "<a href='x'>&amp;</a>",
    "comment": '# no comment = "x"',
    "dollar": "$NAME ${x}",
}
HOLDERS = {
    "onegroup": {},
    "oneuser": {},
    "onevnet": {"driver": "dummy", "bridge": "b"},
    "oneimage": {"datastore": "default", "size": 10, "type": "DATABLOCK"},
    "onetemplate": {},
}


@pytest.mark.parametrize("cli", HOLDERS)
def test_values_arrive_unchanged_in_attributes(one, cli):
    """At creation, and again in a change of each."""
    attributes = {**VALUES, "vector": {name: value for name, value in VALUES.items() if name != "dollar"}}
    one.converge(f"{cli}.present", name="values", attributes=attributes, **HOLDERS[cli])
    template = one.show(cli, "values")["TEMPLATE"]
    assert {name: template[name.upper()] for name in VALUES} == VALUES
    assert {name: template["VECTOR"][name.upper()] for name in attributes["vector"]} == attributes["vector"]
    changed = {name: f"{value} more\\" for name, value in VALUES.items()}
    one.converge(f"{cli}.present", name="values", attributes=changed)
    template = one.show(cli, "values")["TEMPLATE"]
    assert {name: template[name.upper()] for name in VALUES} == changed


@pytest.mark.parametrize("cli", HOLDERS)
@pytest.mark.parametrize(
    "value", ["a ]]> b", "a \u0000 b", "a \ud800 b", "a \U0001f600 b"], ids=["cdata", "nul", "surrogate", "emoji"]
)
def test_values_that_cannot_be_stored_are_refused(one, cli, value):
    sentence = one.refused(f"{cli}.present", name="unstorable", attributes={"note": value}, **HOLDERS[cli])
    assert "note" in sentence.lower()
