"""The HTTP and XML-RPC server of onesim: valid and invalid requests."""

import http.client
import io
import re
import signal
import socket
import threading
import xmlrpc.client

import pytest

from onesim import fixtures
from onesim.errors import Fault
from onesim.testing import Nursery, running
from onesim.wire import codec
from onesim.wire.calllog import CallLog, masked

from .cloud import PASSWORD, Cloud

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
        (b"GET / HTTP/1.1\r\n\r\n", 404),
        (b"POST /elsewhere HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 404),
        (HEAD + b"\r\n", 411),
        (HEAD + b"Content-Length: many\r\n\r\n", 400),
        (HEAD + b"Content-Length: 0\r\n\r\n", 400),
        (HEAD + b"no header\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
        (HEAD + b"X: %s\r\n\r\n" % (b"x" * 33000), 431),
    ],
)
def test_no_http_post_of_a_call(server, request_bytes, status):
    assert raw(server, request_bytes).startswith(b"HTTP/1.1 %d " % status)


def called(*values):
    """A call of one.vn.info as oneadmin, its further parameters as they are on the wire."""
    params = "".join(f"<param><value>{value}</value></param>" for value in ("oneadmin:opennebula", *values))
    return f"<methodCall><methodName>one.vn.info</methodName><params>{params}</params></methodCall>"


IMPROPER = "Call XML not a proper XML-RPC call.  "
PLANE = (
    "{}-byte supposed UTF-8 string is not valid UTF-8.  UTF-8 string contains a character not in the Basic "
    "Multilingual Plane (first byte 0xffffff{})"
)
INCOMPLETE = (
    "Unexpected error executing code for particular method, detected by Xmlrpc-c method registry code.  "
    "Method did not fail; rather, it did not complete at all.  "
)
NOT_INTEGER = "Parameter that is supposed to be integer is not"


def fault_of(server, body):
    with pytest.raises(xmlrpc.client.Fault) as told:
        xmlrpc.client.loads(raw(server, posted(body.encode())).partition(b"\r\n\r\n")[2])
    return told.value.faultCode, told.value.faultString


@pytest.mark.parametrize("body", ["no xml", called("a\x01"), called("a&#1;"), called("a\ufffe")])
def test_no_xml(server, body):
    code, text = fault_of(server, body)
    assert code == -503 and text.startswith(f"{IMPROPER}Call is not valid XML.  ")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (called("x\U0001f600"), PLANE.format(5, "f0")),
        (called("é\U000e0000"), PLANE.format(6, "f3")),
        (called("&#128512;"), PLANE.format(4, "f0")),
        (called().replace("vn", "\U0001f600"), PLANE.format(13, "f0")),
        (called("<struct><member><name>\U0001f600</name><value>a</value></member></struct>"), PLANE.format(4, "f0")),
        ("<x/>", "XML-RPC call should be a <methodCall> element.  Instead, we have a <x> element."),
        ("<methodCall/>", "Expected <methodCall> to have child <methodName>"),
        ("<methodCall><methodName>a</methodName><b/></methodCall>",
         "<methodCall> has extraneous children, other than <methodName> and <params>.  Total child count = 2"),
        ("<methodCall><methodName>a</methodName><params><b/></params></methodCall>",
         "Expected element of type <param>, found <b>"),
        ("<methodCall><methodName>a</methodName><params><param/></params></methodCall>",
         "Expected <param> to have 1 children, found 0"),
        (called("<int>y</int>"), "<int> value 'y' contains non-numerical junk: 'y'"),
        (called("<i4>1_0</i4>"), "<i4> value '1_0' contains non-numerical junk: '_0'"),
        (called("<int/>"), "<int> XML element content is empty"),
        (called("<int> 5</int>"), "<int> content ' 5' starts with white space"),
        (called("<int>2147483648</int>"),
         "<int> value 2147483648 is above the range allowed by XML-RPC (maximum is 2147483647)"),
        (called("<int>-2147483649</int>"),
         "<int> value -2147483649 is below the range allowed by XML-RPC (minimum is -2147483648)"),
        (called("<boolean>true</boolean>"),
         "<boolean> XML element content must be either '0' or '1' according to XML-RPC.  This one has 'true'"),
        (called("<double>x</double>"), "<double> element value 'x' is not a valid floating point number."),
        (called("<foo>1</foo>"), "Unknown value type -- XML element is named <foo>"),
        (called("<int>1</int><int>1</int>"), "<value> has 2 child elements.  Only zero or one make sense."),
        (called("<int><b/></int>"),
         "The child of a <value> element is neither <array> nor <struct>, but has 1 child elements of its own."),
        (called("<array/>"), "<array> element has 0 children.  Only one <data> makes sense."),
        (called("<array><data><b/></data></array>"), "<data> element has <b> child.  Only <value> makes sense."),
        (called("<struct><member/></struct>"),
         "<member> element has 0 children.  Only one <name> and one <value> make sense."),
        (called("<struct><member><name>a</name><b/></member></struct>"), "<member> has no <value> child"),
        (called("<array><data><value>" * 70 + "</value></data></array>" * 70), "Nested data structure too deep."),
    ],
)  # fmt: skip
def test_no_proper_call(server, body, text):
    assert fault_of(server, body) == (-503, IMPROPER + text)


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        (called(), -501, "Not enough parameters"),
        (called("<i8>5</i8>"), -501, NOT_INTEGER),
        (called("<nil/>"), -501, NOT_INTEGER),
        (called("<base64>eA==</base64>"), -501, NOT_INTEGER),
        (called().replace("one.vn.info", " one.vn.info"), -506, "Method ' one.vn.info' not defined"),
        ("<methodCall><methodName>one.nothing</methodName></methodCall>", -506, "Method 'one.nothing' not defined"),
        ("<methodCall><methodName>one.vn.info</methodName></methodCall>", -500,
         f"{INCOMPLETE}Subscript of xmlrpc_c::paramList out of bounds"),
    ],
)  # fmt: skip
def test_a_call_that_no_method_takes(server, body, code, text):
    assert fault_of(server, body) == (code, text)


def test_an_array_takes_numbers(server, proxy):
    with pytest.raises(xmlrpc.client.Fault, match="Not integer type"):
        proxy.one.user.allocate(server.session, "name", "password", "core", ["one"])


def test_a_document_type_is_refused(server):
    entity = b"<!DOCTYPE m [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>"
    answer = raw(server, posted(entity + b"<methodCall><methodName>&e;</methodName></methodCall>"))
    assert b"<i4>-503</i4>" in answer and b"root:" not in answer


def test_entities_do_not_grow():
    entities = "".join(f"<!ENTITY e{n + 1} '{f'&e{n};' * 10}'>" for n in range(9))
    body = f"<!DOCTYPE m [<!ENTITY e0 'x'>{entities}]><methodCall><methodName>&e9;</methodName></methodCall>"
    with pytest.raises(Fault):
        codec.read_call(body.encode())


def test_a_call_too_large_is_refused_before_it_is_read(server):
    answer = raw(server, HEAD + b"Content-Length: 999999999\r\n\r\n")
    assert b"Call is too large: 999999999 bytes" in answer


def test_half_a_call_is_none(server):
    assert raw(server, HEAD + b"Content-Length: 100\r\n\r\nhalf") == b""


@pytest.mark.parametrize(("options", "kept"), [([], False), (["--keep-alive"], True)])
def test_a_connection_is_kept_if_asked_for(options, kept):
    with running(*options) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
        for _ in range(3):
            connection.request("POST", "/RPC2", xmlrpc.client.dumps((server.session,), "one.zonepool.info"))
            answer = connection.getresponse()
            assert b"ZONE_POOL" in answer.read()
            assert (connection.sock is not None) == kept
        connection.close()


@pytest.mark.parametrize("value", ["", "é☺", "<&>\"'", "a\nb", True, False, 0, -5, 2**31 - 1, [1, 2], []])
def test_values_survive_the_wire(value):
    body = xmlrpc.client.dumps((value,), "x").encode()
    assert codec.read_call(body) == ("x", [value])
    (back,), _ = xmlrpc.client.loads(codec.write_answer([True, value, 0]))
    assert back == [True, value, 0]


@pytest.mark.parametrize(
    ("params", "text"),
    [
        (("x",), "Parameter that is supposed to be integer is not"),
        ((True,), "Parameter that is supposed to be integer is not"),
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


@pytest.fixture(params=[running, Nursery().running], ids=["alone", "forked"])
def start(request):
    return request.param


def test_a_terminated_server_ends_well(start):
    with start() as server:
        server.process.terminate()
        assert server.process.wait(5) == 0


def test_a_server_ends_with_its_block(start):
    with start("--events", "0") as server:
        assert server.call("one.group.allocate", "students") == 100
        assert server.events
    with pytest.raises(ConnectionRefusedError):
        server.counters()


def test_a_server_ends_as_by_a_power_cut(start):
    with start() as server:
        server.kill()
        assert server.process.wait() == -signal.SIGKILL


@pytest.mark.parametrize(
    "options", [["--fault", "nonsense"], ["--seed", "/nowhere"], ["--port", "1x"], ["--store", "/nowhere/at/all"]]
)
def test_wrong_options_end_it(start, options):
    with pytest.raises(RuntimeError, match="did not start"), start(*options):
        pass


@pytest.mark.parametrize("options", [["--fault", "nonsense"], ["--port", "1x"]])
def test_wrong_options_are_told(options, capfd):
    with pytest.raises(RuntimeError), running(*options):
        pass
    assert "onesim" in capfd.readouterr().err


def log_line(method, *params):
    sim, stream = Cloud(), io.StringIO()
    session = f"oneadmin:{PASSWORD}"
    given = [[{"methodName": "one.user.info", "params": [session]}]] if method == "system.multicall" else [session]
    CallLog(stream).write(method, [*given, *params], sim.dispatcher.answer(method, [*given, *params]), 0.0123)
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
        (("system.multicall",), r"- system\.multicall\(\*\*\*\*\) -> ok 12\.3 ms\n"),
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


def test_several_calls_as_one(server, proxy):
    several = xmlrpc.client.MultiCall(proxy)
    several.one.system.version(server.session)
    several.one.vn.info(server.session, 77)
    several.one.nothing()
    answers = iter(several())
    assert next(answers) == [True, "7.4.0", 0]
    assert next(answers)[:2] == [False, "[one.vn.info] Error getting virtual network [77]."]
    with pytest.raises(xmlrpc.client.Fault, match=r"Method 'one\.nothing' not defined"):
        next(answers)


@pytest.mark.parametrize(
    ("calls", "code"),
    [([5], -501), ([{"params": []}], -502), ([{"methodName": "system.multicall", "params": [[]]}], -507)],
)
def test_no_several_calls(proxy, calls, code):
    with pytest.raises(xmlrpc.client.Fault) as told:
        proxy.system.multicall(calls)
    assert told.value.faultCode == code


def test_which_methods_there_are(proxy):
    names = proxy.system.listMethods()
    assert "one.vn.info" in names and "onesim.fault_add" not in names
    assert [proxy.system.methodExist(name) for name in ("one.vn.info", "onesim.fault_add", "x")] == [True, False, False]
