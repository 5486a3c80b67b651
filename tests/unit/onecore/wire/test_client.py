import base64
import datetime
import ipaddress
import logging
import os
import re
import ssl
import time
import traceback

import pytest

from onecore.basics.errors import (
    BY_CODE,
    ActionError,
    AnswerError,
    ApiError,
    ArgumentError,
    AuthenticationError,
    AuthorizationError,
    NoExistsError,
    OneError,
    TimedOutError,
    UnreachableError,
)
from onecore.wire import client as client_module
from onecore.wire import transport
from onecore.wire.client import Client, is_read
from tests.doubles.endpoint import HTML, Endpoint, answering, close, cut, cut_chunks, fault, hang, http, reset, slowly

PASSWORD = "s3cret:with colon"
READ, WRITE = "one.vnpool.info", "one.vn.update"

# Every method that OpenNebula 7.4.0 registers.
METHODS = {
    "acl": "addrule delrule info",
    "backupjob": "allocate backup cancel chmod chown delete info lock priority rename retry schedadd scheddelete "
    "schedupdate unlock update",
    "backupjobpool": "info",
    "cluster": "adddatastore addhost addvnet allocate deldatastore delete delhost delvnet info optimize plandelete "
    "planexecute rename update",
    "clusterpool": "info",
    "datastore": "allocate chmod chown delete enable info rename update",
    "datastorepool": "info",
    "document": "allocate chmod chown clone delete info lock rename unlock update",
    "documentpool": "info",
    "group": "addadmin allocate deladmin delete info quota update vlan",
    "grouppool": "info",
    "groupquota": "info update",
    "hook": "allocate delete info lock rename retry unlock update",
    "hooklog": "info",
    "hookpool": "info",
    "host": "allocate delete info monitoring rename status update",
    "hostpool": "info monitoring",
    "image": "allocate chmod chown chtype clone delete enable info lock persistent rename restore snapshotdelete "
    "snapshotflatten snapshotrevert unlock update",
    "imagepool": "info",
    "market": "allocate allocatedb chmod chown delete enable info rename update updatedb",
    "marketapp": "allocate allocatedb chmod chown delete dropdb enable info lock rename unlock update updatedb",
    "marketapppool": "info",
    "marketpool": "info",
    "secgroup": "allocate chmod chown clone commit delete info rename update",
    "secgrouppool": "info",
    "system": "config sql sqlquery version",
    "template": "allocate chmod chown clone delete info instantiate lock rename unlock update",
    "templatepool": "info",
    "user": "addgroup allocate chauth chgrp delete delgroup enable info login passwd quota update",
    "userpool": "info",
    "userquota": "info update",
    "vdc": "addcluster adddatastore addgroup addhost addvnet allocate delcluster deldatastore delete delgroup delhost "
    "delvnet info rename update",
    "vdcpool": "info",
    "vm": "action allocate attach attachnic attachpci attachsg backup backupcancel cancelexec chmod chown deploy "
    "detach detachnic detachpci detachsg diskresize disksaveas disksnapshotcreate disksnapshotdelete "
    "disksnapshotrename disksnapshotrevert exec info lock migrate monitoring recover rename resize restore retryexec "
    "schedadd scheddelete schedupdate snapshotcreate snapshotdelete snapshotrevert unlock update updateconf updatenic "
    "vmgroupadd vmgroupdel",
    "vmgroup": "allocate chmod chown delete info lock rename roleadd roledelete roleupdate unlock update",
    "vmgrouppool": "info",
    "vmpool": "accounting calculateshowback info infoextended infoset monitoring showback",
    "vn": "add_ar allocate chmod chown delete free_ar hold info lock recover release rename reserve rm_ar unlock "
    "update update_ar",
    "vnpool": "info",
    "vntemplate": "allocate chmod chown clone delete info instantiate lock rename unlock update",
    "vntemplatepool": "info",
    "vrouter": "allocate attachnic chmod chown delete detachnic info instantiate lock rename unlock update",
    "vrouterpool": "info",
    "zone": "addserver allocate delete delserver enable fedreplicate info raftstatus rename replicate resetserver "
    "update updatedb voterequest",
    "zonepool": "info",
}
OTHER_READS = {
    "one.host.monitoring",
    "one.hostpool.monitoring",
    "one.system.config",
    "one.system.version",
    "one.vm.monitoring",
    "one.vmpool.accounting",
    "one.vmpool.infoextended",
    "one.vmpool.infoset",
    "one.vmpool.monitoring",
    "one.vmpool.showback",
    "one.zone.raftstatus",
}


@pytest.fixture
def endpoint():
    served = Endpoint()
    yield served
    served.stop()


@pytest.fixture
def client(endpoint, monkeypatch):
    monkeypatch.setattr(client_module, "FIRST_PAUSE", 0.001)
    opened = Client(endpoint.url, f"alice:{PASSWORD}", timeout=0.5, retries=3)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def no_secret(caplog):
    """No log record of any test holds the password."""
    caplog.set_level(logging.DEBUG)
    yield
    assert PASSWORD not in caplog.text


def failure(client, method, *params):
    """The error of a call, after making sure that it keeps the secret and drags no other exception along."""
    with pytest.raises(OneError) as caught:
        client.call(method, *params)
    error = caught.value
    shown = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
    assert PASSWORD not in shown
    assert (error.__cause__, error.__context__) == (None, None)
    assert error.method == method or isinstance(error, ArgumentError)
    return error


def test_reads_are_told_from_writes_over_the_whole_api():
    methods = {f"one.{kind}.{verb}" for kind, verbs in METHODS.items() for verb in verbs.split()}
    assert len(methods) == 307
    infos = {method for method in methods if method.endswith(".info")}
    assert {method for method in methods if is_read(method)} == infos | OTHER_READS


@pytest.mark.parametrize(
    "body", [0, -1, True, False, "", "7.4.0", "<A><B><![CDATA[é & <x> ]]></B>\n</A>", "a\ttab\nand 'quotes\""]
)
def test_the_body_comes_as_it_is(client, endpoint, body):
    endpoint.otherwise = answering(True, body)
    answer = client.call(READ, -2, -1, -1)
    assert (type(answer), answer) == (type(body), body)


@pytest.mark.parametrize(
    ("value", "body"),
    [
        ("<i4>7</i4>", 7),
        ("<i8>1099511627776</i8>", 2**40),
        ("<boolean>1</boolean>", True),
        ("<string/>", ""),
        ("text without a type", "text without a type"),
        ("<string>a&#x0d;b&lt;&amp;&gt;</string>", "a\rb<&>"),
    ],
)
def test_every_form_of_a_value_is_read(client, endpoint, value, body):
    items = f"<value><boolean>1</boolean></value>\n<value>{value}</value><value><i4>0</i4></value>"
    answer = f"<?xml version='1.0'?><methodResponse><params><param><value><array>\n<data>{items}</data></array></value>"
    endpoint.otherwise = http(f"{answer}</param></params></methodResponse>".encode())
    assert client.call(READ) == body


def test_parameters_arrive_as_given(client, endpoint):
    params = (1, -(2**31), 2**31 - 1, True, False, 'A="é☺"\n\r\n<&]]>\t', "", [1, 2], ["a", [True]])
    client.call(WRITE, *params)
    assert endpoint.requests == [(1, WRITE, [list(p) if isinstance(p, list) else p for p in params])]


@pytest.mark.parametrize(
    ("param", "sentence"),
    [
        ("secret\x00", "one.vn.update: parameter 2 contains the character U+0000, which XML cannot carry"),
        ("secret\x1b", "U+001B"),
        ("secret\uffff", "U+FFFF"),
        ("secret\ud800", "U+D800"),
        ("secret\U00010000", "contains the character U+10000, and OpenNebula takes none beyond U+FFFF"),
        (["ok", "secret\x07"], "parameter 2 contains the character U+0007"),
        (2**31, "parameter 2 is a number beyond 32 bits"),
        (None, "parameter 2 is a NoneType, not text"),
        (1.5, "parameter 2 is a float"),
        ({"A": "secret"}, "parameter 2 is a dict"),
    ],
)
def test_what_cannot_be_sent_is_refused_before_sending(client, endpoint, param, sentence):
    error = failure(client, WRITE, 7, param)
    assert isinstance(error, ArgumentError)
    assert sentence in str(error)
    assert "secret" not in str(error)
    assert (endpoint.requests, client.calls, client.writes) == ([], {}, 0)


@pytest.mark.parametrize(("code", "kind"), BY_CODE.items())
def test_a_refusal_is_the_exception_of_its_code(client, endpoint, code, kind):
    endpoint.otherwise = answering(False, f"[{WRITE}] It is so.", code, 12, 0)
    error = failure(client, WRITE, 12)
    assert type(error) is kind
    assert (error.code, error.method) == (code, WRITE)
    assert kind is AuthenticationError or str(error) == "It is so."
    assert len(endpoint.requests) == 1


def test_refusals_that_need_a_word_more(client, endpoint):
    endpoint.script = [
        answering(False, f"[{READ}] User couldn't be authenticated, aborting call.", 0x100, -1, 0),
        answering(False, f"[{READ}]", 0x2000, -1, 0),
        answering(False, "no prefix", 0x80000, -1, 0),
        answering(False, f"[{READ}] it knows alice:{PASSWORD}", 0x400, -1, 0),
    ]
    assert "does not accept the user 'alice'" in str(failure(client, READ))
    assert str(failure(client, READ)) == f"OpenNebula refused {READ} without a reason"
    unknown = failure(client, READ)
    assert (type(unknown), str(unknown), unknown.code) == (OneError, "no prefix", 0x80000)
    assert str(failure(client, READ)) == "it knows alice:***"
    assert len(endpoint.requests) == 4


def test_a_short_password_does_not_garble_what_opennebula_says(endpoint):
    endpoint.otherwise = answering(False, f"[{READ}] Someone told 'one': no one can. alice:one", 0x400, -1, 0)
    with pytest.raises(NoExistsError, match=re.escape("Someone told '***': no *** can. alice:***")):
        Client(endpoint.url, "alice:one").call(READ)


def test_a_fault_is_an_error_of_the_call(client, endpoint):
    endpoint.otherwise = fault(-506, "Method 'one.vn.updat' not defined")
    error = failure(client, "one.vn.updat", 1)
    assert isinstance(error, ApiError)
    assert str(error).endswith("does not accept the call one.vn.updat: Method 'one.vn.updat' not defined")
    assert error.code == -506
    assert len(endpoint.requests) == 1


FAILURES = [
    (close, UnreachableError, "closed the connection without an answer"),
    (reset, UnreachableError, "closed the connection without an answer"),
    (hang, TimedOutError, "gave no answer within 0.5 s"),
    (cut, AnswerError, "sent an incomplete answer"),
    (cut_chunks, AnswerError, "sent an incomplete answer"),
    (http(b"", "502 Bad Gateway"), AnswerError, "answered HTTP 502"),
    (http(HTML, "503 Service Unavailable", "text/html"), AnswerError, "answered HTTP 503"),
    (http(b"", "504 Gateway Timeout"), AnswerError, "answered HTTP 504"),
]


@pytest.mark.parametrize(("behaviour", "kind", "sentence"), FAILURES)
def test_a_read_is_tried_again_and_a_write_is_not(client, endpoint, behaviour, kind, sentence):
    endpoint.script = [behaviour]
    assert client.call(READ) == 0
    assert (client.calls[READ], client.writes) == (2, 0)
    endpoint.script = [behaviour]
    error = failure(client, WRITE, 1)
    assert type(error) is kind
    assert sentence in str(error)
    assert endpoint.url in str(error)
    assert "unknown whether OpenNebula did it, running again completes it" in str(error)
    assert (client.calls[WRITE], client.writes) == (1, 1)


def test_a_read_is_given_up_after_its_retries(client, endpoint):
    endpoint.otherwise = close
    error = failure(client, READ)
    assert "unknown" not in str(error)
    assert client.calls[READ] == 4


def test_a_read_of_a_hanging_endpoint_costs_two_timeouts_at_most(client, endpoint):
    endpoint.otherwise = hang
    started = time.monotonic()
    assert isinstance(failure(client, READ), TimedOutError)
    assert time.monotonic() - started < 1.4
    assert client.calls[READ] == 2


def test_a_slow_answer_within_the_timeout_is_waited_for(client, endpoint):
    endpoint.script = [slowly(0.3, answering(True, 5))]
    assert client.call(WRITE) == 5


@pytest.mark.parametrize(
    ("behaviour", "sentence", "unknown"),
    [
        (http(HTML, content_type="text/html"), "answered with an HTML page", True),
        (http(b""), "gave an empty answer", True),
        (http(b"<?xml version='1.0'?><methodResponse><params>"), "truncated or damaged", True),
        (http(b"<methodResponse/>"), "malformed XML-RPC", True),
        (http(b"hello"), "something that is not XML-RPC", True),
        (http(b"<answer/>"), "something that is not XML-RPC", True),
        (http(b"\xff\xfe\x00"), "something that is not XML-RPC", True),
        (http(b"<!DOCTYPE a [<!ENTITY b 'c'>]><methodResponse/>"), "not XML-RPC", True),
        (answering("no", "list", 0), "XML-RPC that is not OpenNebula's", True),
        (http(b"", "500 Internal Server Error"), "answered HTTP 500", True),
        (http(b"", "404 Not Found"), "answered HTTP 404; the path of OpenNebula's API is /RPC2", False),
        (http(b"", "401 Unauthorized"), "answered HTTP 401", False),
        (http(b"", "302 Found", extra="Location: http://127.0.0.1:1/x\r\n"), "HTTP 302, a redirection", False),
    ],
)
def test_what_is_no_answer_of_opennebula_is_told_in_a_few_words(client, endpoint, behaviour, sentence, unknown):
    endpoint.otherwise = behaviour
    read, write = failure(client, READ), failure(client, WRITE)
    assert {type(read), type(write)} == {AnswerError}
    assert sentence in str(read)
    assert sentence in str(write)
    assert ("unknown whether" in str(write)) == unknown
    assert len(endpoint.requests) == 2


def test_nobody_there(monkeypatch, endpoint):
    monkeypatch.setattr(client_module, "FIRST_PAUSE", 0.001)
    url = endpoint.url
    endpoint.stop()
    client = Client(url, f"alice:{PASSWORD}")
    for method in (READ, WRITE):
        error = failure(client, method)
        assert isinstance(error, UnreachableError)
        assert str(error) == f"the endpoint {url} refuses connections; is OpenNebula running there? (called: {method})"


def test_a_name_that_does_not_resolve(monkeypatch):
    monkeypatch.setattr(client_module, "FIRST_PAUSE", 0.001)
    error = failure(Client("http://one.invalid:2633", f"alice:{PASSWORD}", retries=1), WRITE)
    assert isinstance(error, UnreachableError)
    assert "does not resolve" in str(error)


def test_one_connection_serves_all_calls(client, endpoint):
    for _ in range(20):
        client.call(READ)
        client.call(WRITE)
    assert {number for number, *_ in endpoint.requests} == {1}
    assert (client.calls[READ], client.calls[WRITE], client.writes) == (20, 20, 20)


def test_a_connection_that_the_server_ends_is_replaced(client, endpoint):
    endpoint.script = [answering(True, 0, extra="Connection: close\r\n")]
    client.call(WRITE)
    client.call(WRITE)
    assert [number for number, *_ in endpoint.requests] == [1, 2]


def test_a_write_after_the_server_closed_an_idle_connection_works(client, endpoint):
    endpoint.idle = 0.1
    client.call(WRITE)
    time.sleep(0.3)
    assert client.call(WRITE) == 0


def test_a_write_does_not_use_a_connection_that_was_idle_for_long(client, endpoint, monkeypatch):
    monkeypatch.setattr(transport, "FRESH", 0.05)
    client.call(READ)
    time.sleep(0.1)
    client.call(READ)
    time.sleep(0.1)
    client.call(WRITE)
    assert [number for number, *_ in endpoint.requests] == [1, 1, 2]


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_takes_a_connection_of_its_own(client, endpoint):
    client.call(READ)
    child = os.fork()
    if not child:
        try:
            client.call(READ)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    client.call(READ)
    assert [number for number, *_ in endpoint.requests] == [1, 2, 1]


def test_loopback_is_never_asked_through_a_proxy(endpoint, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    assert Client(endpoint.url, f"alice:{PASSWORD}").call(READ) == 0
    error = failure(Client("http://one.invalid/RPC2", f"alice:{PASSWORD}", retries=0), READ)
    assert "cannot be reached through the proxy that the environment names" in str(error)


def test_a_call_may_go_through_a_proxy(endpoint, monkeypatch):
    monkeypatch.setenv("http_proxy", endpoint.url.removesuffix("/RPC2").replace("//", "//Bob:Pass%20word@"))
    monkeypatch.delenv("no_proxy", raising=False)
    client = Client("http://one.invalid/RPC2", f"alice:{PASSWORD}")
    assert [client.call(READ), client.call(WRITE)] == [0, 0]
    assert endpoint.targets == ["http://one.invalid/RPC2"] * 2
    assert endpoint.headers[0]["host"] == "one.invalid"
    assert base64.b64decode(endpoint.headers[0]["proxy-authorization"].split()[1]) == b"Bob:Pass word"
    assert {number for number, *_ in endpoint.requests} == {1}


@pytest.mark.parametrize("proxy", ["http://", "http://:3128", "gopher://127.0.0.1:1", "socks5://127.0.0.1:1"])
def test_a_proxy_that_cannot_be_used_is_named(monkeypatch, proxy):
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.delenv("no_proxy", raising=False)
    error = failure(Client("http://one.invalid/RPC2", f"alice:{PASSWORD}", retries=0), READ)
    assert "cannot be reached through the proxy that the environment names" in str(error)


def test_no_credentials_but_ours_are_sent(client, endpoint, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login bob password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    client.call(READ)
    assert "authorization" not in endpoint.headers[0]


def test_repr_shows_endpoint_and_user_only(client, endpoint):
    assert repr(client) == f"<Client of alice at {endpoint.url}>"
    for value in vars(client).values():
        assert PASSWORD not in repr(value)


def test_a_big_pool_is_read(client, endpoint):
    pool = "<VNET_POOL>" + "<VNET><NAME><![CDATA[académie]]></NAME></VNET>" * 140_000 + "</VNET_POOL>"
    endpoint.otherwise = answering(True, pool)
    assert client.call(READ) == pool


class Scripted(transport.Transport):
    """A transport that gives these answers, or raises them, and notes what it was asked."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def answer(self, method, params):
        self.asked.append((method, *params))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_a_client_calls_through_the_transport_it_is_given(monkeypatch):
    monkeypatch.setattr(client_module, "FIRST_PAUSE", 0.001)
    lost = transport.Failure(UnreachableError, "is far away", transient=True, unknown=True)
    scripted = Scripted([True, 7, 0], lost, [True, "<VNET/>", 0], [False, f"[{WRITE}] No.", 0x800, 7, 0], lost)
    client = Client("http://one.invalid/RPC2", "alice:secret", transport=scripted)
    assert [client.call(WRITE, 7), client.call(READ, -2)] == [7, "<VNET/>"]
    with pytest.raises(ActionError, match=r"^No\.$"):
        client.call(WRITE, 7)
    with pytest.raises(UnreachableError, match=r"http://one\.invalid/RPC2 is far away .* it is unknown"):
        client.call(WRITE, 7)
    write, read = (WRITE, "alice:secret", 7), (READ, "alice:secret", -2)
    assert scripted.asked == [write, read, read, write, write]
    assert (client.calls, client.writes) == ({WRITE: 3, READ: 2}, 3)
    client.close()


def test_a_configured_client_takes_a_transport_too():
    scripted = Scripted([True, "7.4.0", 0])
    settings = {"endpoint": "http://one.invalid/RPC2", "username": "alice", "password": "secret"}
    assert Client.from_config(settings, {}, scripted).call("one.system.version") == "7.4.0"
    assert scripted.asked == [("one.system.version", "alice:secret")]


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A self-signed certificate for 127.0.0.1 with its key: paths of the certificate and of both together."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "one.test")])
    now = datetime.datetime.now(datetime.timezone.utc)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "ca.pem").write_bytes(certificate)
    (folder / "both.pem").write_bytes(private + certificate)
    return str(folder / "ca.pem"), str(folder / "both.pem")


@pytest.fixture
def secure(authority):
    """An endpoint with TLS; set `context.verify_mode` to ask clients for a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority[1])
    context.load_verify_locations(authority[0])
    served = Endpoint(tls=context)
    served.context = context
    yield served
    served.stop()


def test_tls_is_verified_by_default_and_with_the_given_authority(secure, authority):
    session = f"alice:{PASSWORD}"
    error = failure(Client(secure.url, session), WRITE)
    assert isinstance(error, UnreachableError)
    assert "shows a TLS certificate that cannot be trusted (self" in str(error)
    assert "set connection:ca" in str(error)
    assert "unknown" not in str(error)
    trusting = Client(secure.url, session, ca=authority[0])
    assert [trusting.call(WRITE), trusting.call(READ)] == [0, 0]
    assert len({number for number, *_ in secure.requests}) == 1


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_tls_can_go_unverified(secure):
    assert Client(secure.url, f"alice:{PASSWORD}", verify=False).call(READ) == 0


def test_a_client_certificate_is_shown(secure, authority):
    secure.context.verify_mode = ssl.CERT_REQUIRED
    ca, both = authority
    assert Client(secure.url, f"alice:{PASSWORD}", ca=ca, cert=both).call(READ) == 0
    error = failure(Client(secure.url, f"alice:{PASSWORD}", ca=ca, timeout=2, retries=0), READ)
    assert isinstance(error, UnreachableError)


def test_tls_where_none_is_spoken(endpoint):
    error = failure(Client(endpoint.url.replace("http:", "https:"), f"alice:{PASSWORD}", retries=0), READ)
    assert isinstance(error, UnreachableError)
    assert "check http or https, the port" in str(error)


def test_an_unauthorized_call_names_the_object(client, endpoint):
    endpoint.script = [
        answering(False, f"[{WRITE}] User [2] : Not authorized to perform MANAGE NET [7].", 0x200, -1, 0),
        answering(False, f"[{WRITE}] Error getting virtual network [7].", 0x400, 7, 0),
    ]
    error = failure(client, WRITE, 7)
    assert isinstance(error, AuthorizationError)
    assert str(error) == "User [2] : Not authorized to perform MANAGE NET [7]."
    assert isinstance(failure(client, WRITE, 7), NoExistsError)


@pytest.mark.parametrize(
    ("dates", "now"),
    [
        (["Sun, 29 Nov 2026 16:24:11 UTC"], 1795969451.0),
        (["Sun, 29 Nov 2026 16:24:11 GMT", "yesterday"], 1795969451.0),
        (["", "Sun, 99 Nov 2026 99:24:11 GMT"], 1000.0),
    ],
)
def test_the_clock_of_the_endpoint(endpoint, client, dates, now, monkeypatch):
    endpoint.script = [answering(True, "<X/>", extra=f"Date: {date}\r\n") for date in dates]
    monkeypatch.setattr(transport.time, "time", lambda: 1000.0)
    for _ in dates:
        client.call(READ)
    assert client.now() == now
