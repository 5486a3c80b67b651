"""The HTTP and XML-RPC side of onesim: what it takes, what it refuses, and how."""

import http.client
import io
import re
import socket
import threading
import xmlrpc.client

import pytest

from onesim import fixtures, wire
from onesim.calllog import CallLog, masked
from onesim.errors import Fault
from onesim.testing import running

from .onesim_cloud import PASSWORD, Cloud

onesim = fixtures.onesim
HEAD = b"POST /RPC2 HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(scope="module")
def server():
    with running() as cloud:
        yield cloud


@pytest.fixture
def proxy(server):
    with xmlrpc.client.ServerProxy(server.endpoint) as proxy:
        yield proxy


def raw(server, data):
    """Everything that comes back for some bytes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def posted(body):
    return HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /RPC2 HTTP/1.1\r\n\r\n", 405),
        (b"POST /elsewhere HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 404),
        (HEAD + b"\r\n", 411),
        (HEAD + b"Content-Length: many\r\n\r\n", 411),
        (HEAD + b"no header\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
        (HEAD + b"X: %s\r\n\r\n" % (b"x" * 33000), 431),
    ],
)
def test_no_http_post_of_a_call(server, request_bytes, status):
    assert raw(server, request_bytes).startswith(b"HTTP/1.1 %d " % status)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", -503),
        (b"no xml", -503),
        (b"<methodCall/>", -503),
        (b"<methodCall><methodName>one.vn.info</methodName><params><param/></params></methodCall>", -503),
        (b"<methodCall><methodName>x</methodName>"
         b"<params><param><value><int>y</int></value></param></params></methodCall>", -503),
        (b"<!DOCTYPE m [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><methodCall><methodName>&e;</methodName></methodCall>",
         -503),
        (b"<methodCall><methodName>one.nothing</methodName></methodCall>", -506),
        (b"<methodCall><methodName>one.vn.info</methodName></methodCall>", -501),
    ],
)  # fmt: skip
def test_no_call(server, body, code):
    answer = raw(server, posted(body))
    assert b"<int>%d</int>" % code in answer or b"<i4>%d</i4>" % code in answer
    assert b"root:" not in answer


def test_entities_do_not_grow():
    entities = "".join(f"<!ENTITY e{n + 1} '{f'&e{n};' * 10}'>" for n in range(9))
    body = f"<!DOCTYPE m [<!ENTITY e0 'x'>{entities}]><methodCall><methodName>&e9;</methodName></methodCall>"
    with pytest.raises(Fault):
        wire.read_call(body.encode())


def test_a_call_too_large_is_refused_before_it_is_read(server):
    answer = raw(server, HEAD + b"Content-Length: 999999999\r\n\r\n")
    assert b"Call is too large: 999999999 bytes" in answer


def test_half_a_call_is_none(server):
    assert raw(server, HEAD + b"Content-Length: 100\r\n\r\nhalf") == b""


def test_a_connection_serves_call_after_call(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    try:
        for _ in range(3):
            connection.request("POST", "/RPC2", xmlrpc.client.dumps((server.session,), "one.zonepool.info"))
            assert b"ZONE_POOL" in connection.getresponse().read()
    finally:
        connection.close()


@pytest.mark.parametrize("value", ["", "é😀", "<&>\"'", "a\nb", True, False, 0, -5, 2**31 - 1, [1, 2], []])
def test_values_survive_the_wire(value):
    body = xmlrpc.client.dumps((value,), "x").encode()
    assert wire.read_call(body) == ("x", [value])
    (back,), _ = xmlrpc.client.loads(wire.write_answer([True, value, 0]))
    assert back == [True, value, 0]


@pytest.mark.parametrize(
    ("params", "text"),
    [
        (("x",), "Parameter that is supposed to be integer is not"),
        ((True,), "Parameter that is supposed to be integer is not"),
        ((), "Not enough parameters"),
    ],
)
def test_parameters_of_a_wrong_type(server, proxy, params, text):
    with pytest.raises(xmlrpc.client.Fault, match=text):
        proxy.one.vn.info(server.session, *params)


def test_more_parameters_than_a_method_has_are_ignored(server, proxy):
    assert proxy.one.user.info(server.session, 0, False, "more", 1)[0]


def test_counters(server, proxy):
    server.reset_counters()
    proxy.one.zonepool.info(server.session)
    proxy.one.zonepool.info("nobody:x")
    assert server.counters()["one.zonepool.info"] == 2


@pytest.mark.parametrize("onesim", [["--pace", "1000"]], indirect=True)
def test_the_fixture_takes_options(onesim):
    net = onesim.call("one.vn.allocate", "NAME=lab VN_MAD=dummy BRIDGE=br0", -1)
    assert "<STATE><![CDATA[2]]></STATE>" in onesim.call("one.vn.info", net)
    with pytest.raises(RuntimeError, match="already taken"):
        onesim.call("one.vn.allocate", "NAME=lab VN_MAD=dummy BRIDGE=br0", -1)


def test_many_clients_at_once(server):
    def make(number):
        with xmlrpc.client.ServerProxy(server.endpoint) as proxy:
            for count in range(20):
                answers.append(proxy.one.group.allocate(server.session, f"group-{number}-{count}"))

    answers = []
    threads = [threading.Thread(target=make, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(answer[0] for answer in answers)
    assert len({answer[1] for answer in answers}) == 160


def test_a_terminated_server_ends_well():
    with running() as server:
        server.process.terminate()
        assert server.process.wait(5) == 0


@pytest.mark.parametrize(
    "options", [["--fault", "nonsense"], ["--seed", "/nowhere"], ["--port", "1x"], ["--store", "/nowhere/at/all"]]
)
def test_wrong_options_end_it(options, capfd):
    with pytest.raises(RuntimeError, match="did not start"), running(*options):
        pass
    assert "onesim" in capfd.readouterr().err


def log_line(method, *params):
    sim, stream = Cloud(), io.StringIO()
    session = f"oneadmin:{PASSWORD}"
    CallLog(stream).write(method, [session, *params], sim.dispatcher.answer(method, [session, *params]), 0.0123)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (("one.user.info", 0), r"oneadmin one\.user\.info\(0\) -> ok, \d+ characters 12\.3 ms\n"),
        (("one.vn.info", 7), r"oneadmin one\.vn\.info\(7\) -> 0x400 \[one\.vn\.info\] Error getting .* 12\.3 ms\n"),
        (("one.user.allocate", "eve", "hush", "core"), r".*\('eve', \*\*\*\*, 'core'\) -> ok 2 .*\n"),
        (("one.user.passwd", 0, "hush"), r".*\(0, \*\*\*\*\).*\n"),
        (("one.user.update", 0, "A=b\nAPI_TOKEN=hush", 1), r".*A=b\\nAPI_TOKEN=\*\*\*\*.*\n"),
        (("one.group.allocate", "x" * 999), r".{,450}\n"),
    ],
)
def test_a_line_a_call(call, line):
    written = log_line(*call)
    assert re.fullmatch(line, written)
    assert "hush" not in written and PASSWORD not in written


@pytest.mark.parametrize(
    "text",
    [
        'PASSWORD="hush"',
        "ROOT_PASSWD = hush",
        'V=[ONEGATE_TOKEN="hush \\" hush", B="c"]',
        "<A><PASSWORD>hush</PASSWORD></A>",
        "<T><MY_SECRET><![CDATA[hush]]></MY_SECRET></T>",
        "ssh_private_key='hush'",
    ],
)
def test_secrets_are_masked(text):
    assert "hush" not in masked(text)
