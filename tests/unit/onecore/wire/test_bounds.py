"""Limits for a misbehaving server: it cannot exhaust time or memory."""

import gzip
import subprocess
import sys
import xmlrpc.client
import zlib

import pytest

from onecore.basics.errors import AnswerError, OneError, TimedOutError
from onecore.wire import client as client_module
from onecore.wire import transport
from onecore.wire.client import Client
from tests.doubles.endpoint import Endpoint, answering, chunk, dripping, endless, headed, http

READ, WRITE = "one.vnpool.info", "one.vn.update"
CHUNKED = "Transfer-Encoding: chunked"
START = b"<?xml version='1.0'?><methodResponse><params><param><value><array><data><value><boolean>1</boolean></value>"
TEXT = START + b"<value><string>"
CLOSE = b"</data></array></value></param></params></methodResponse>"
END = b"</string></value><value><i4>0</i4></value>" + CLOSE
MEGABYTE = 2**20


@pytest.fixture
def endpoint():
    served = Endpoint()
    yield served
    served.stop()


@pytest.fixture
def client(endpoint, monkeypatch):
    monkeypatch.setattr(client_module, "FIRST_PAUSE", 0.001)
    opened = Client(endpoint.url, "alice:secret", timeout=10, retries=0, max_answer=1)
    yield opened
    opened.close()


def failure(client, method=READ):
    with pytest.raises(OneError) as caught:
        client.call(method)
    said = str(caught.value)
    assert method in said
    assert "\n" not in said
    assert len(said) < 1000
    return caught.value


SLOW = {
    "status": dripping(b"", b"H"),
    "header": dripping(b"HTTP/1.1 200 OK\r\nContent-Type: ", b"x"),
    "headers": dripping(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"),
    "100 Continue": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "content": dripping(headed(TEXT)),
    "content of a known length": dripping(headed(TEXT, "Content-Length: 100000")),
    "chunks": dripping(headed(b"", CHUNKED) + chunk(TEXT), chunk(b"x")),
    "size of a chunk": dripping(headed(b"", CHUNKED), b"0"),
    "trailers": dripping(headed(b"", CHUNKED) + chunk(TEXT + END) + b"0\r\n", b"A: b\r\n"),
    "packed": dripping(headed(gzip.compress(TEXT)[:40], "Content-Encoding: gzip"), b"\x00"),
}


@pytest.mark.parametrize("where", SLOW)
def test_a_drop_now_and_then_does_not_hold_a_call(endpoint, monkeypatch, where):
    monkeypatch.setattr(transport, "WHOLE", 0.1)
    endpoint.otherwise = SLOW[where]
    client = Client(endpoint.url, "alice:secret", timeout=5)
    for method in (READ, WRITE):
        error = failure(client, method)
        # Some of these end for other reasons first: there may be a hundred headers.
        assert isinstance(error, TimedOutError | AnswerError)
        assert ("within 0.5 s" in str(error)) == isinstance(error, TimedOutError)
        assert ("unknown whether" in str(error)) == (method == WRITE)
    # Nobody tries again what took so long.
    assert len(endpoint.requests) == 2


@pytest.mark.parametrize("where", ["content", "100 Continue"])
def test_who_has_taken_too_long_is_told_so(endpoint, monkeypatch, where):
    monkeypatch.setattr(transport, "WHOLE", 0.1)
    endpoint.otherwise = SLOW[where]
    error = failure(Client(endpoint.url, "alice:secret", timeout=5))
    assert type(error) is TimedOutError
    assert "did not complete its answer within 0.5 s" in str(error)


def test_a_call_after_one_that_took_too_long_has_its_own_time(endpoint, monkeypatch):
    monkeypatch.setattr(transport, "WHOLE", 0.1)
    client = Client(endpoint.url, "alice:secret", timeout=30)
    endpoint.script = [SLOW["content"]]
    failure(client)
    assert client.call(READ) == 0


def bomb(content, wave, encoding="gzip", bits=31):
    packer = zlib.compressobj(9, wbits=bits)
    packed = packer.compress(content) + b"".join(packer.compress(wave) for _ in range(256)) + packer.flush()
    return http(packed, extra=f"Content-Encoding: {encoding}\r\n")


DECLARED = b"<?xml version='1.0'?><!DOCTYPE a ["
FLOODS = {
    "text": endless(headed(TEXT), b"x"),
    "chunks": endless(headed(b"", CHUNKED) + chunk(TEXT), chunk(b"x" * 1000)),
    "size of a chunk": endless(headed(b"", CHUNKED), b"0"),
    "trailers": endless(headed(b"", CHUNKED) + chunk(TEXT + END) + b"0\r\n", b"A: b\r\n"),
    "blanks": endless(headed(), b" "),
    "blanks after the start": endless(headed(START), b" "),
    "comments": endless(headed(START), b"<!-- -->"),
    "one comment": endless(headed(START + b"<!--"), b"x"),
    "instructions": endless(headed(START), b"<?a b?>"),
    "elements": endless(headed(START), b"<value/>"),
    "depth": endless(headed(START), b"<value>"),
    "one name": endless(headed(START + b"<"), b"x"),
    "attributes": endless(headed(START + b"<value"), b" a='b'"),
    "one attribute": endless(headed(START + b"<value a='"), b"x"),
    "entities": endless(headed(DECLARED), b"<!ENTITY a 'b'>"),
    "CDATA": endless(headed(START + b"<value><string><![CDATA["), b"x"),
    "digits": endless(headed(START + b"<value><i4>"), b"9"),
    "no XML": endless(headed(), b"\x00"),
    "100 Continue": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "headers": endless(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"),
    "one header": endless(b"HTTP/1.1 200 OK\r\nA: ", b"b"),
    "status": endless(b"HTTP/1.1 ", b"2"),
    "no HTTP": endless(b"", b"SSH-2.0\r\n"),
    "bomb": bomb(TEXT, b"x" * MEGABYTE),
    "bomb, deflated": bomb(TEXT, b"x" * MEGABYTE, "deflate", 15),
    "bomb of blanks": bomb(b"", b" " * MEGABYTE),
    "bomb of another kind": http(b"x", extra="Content-Encoding: br\r\n"),
    "bomb in a redirection": http(
        gzip.compress(b"x" * 64 * MEGABYTE), "302 Found", extra="Location: /RPC2\r\nContent-Encoding: gzip\r\n"
    ),
    "bomb in a refusal": http(gzip.compress(b"x" * 64 * MEGABYTE), "500 No", extra="Content-Encoding: gzip\r\n"),
    "length": http(b"", length=10**12),
    "crowded": answering(True, "<a/>" * 200_000),
    "attributes in the text": answering(True, "<a " + " ".join(f"a{number}=''" for number in range(100_000)) + "/>"),
}


@pytest.mark.parametrize("what", FLOODS)
def test_a_flood_is_no_answer(client, endpoint, what):
    endpoint.otherwise = FLOODS[what]
    assert type(failure(client)) is AnswerError


#: Calls an endpoint, and prints what that takes at its most, in MB, beyond what the program itself does.
CALLER = """
import resource, sys
sys.path[:0] = [sys.argv[1]]
from onecore.basics.errors import OneError
from onecore.wire.client import Client

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

client = Client(sys.argv[2], "alice:secret", timeout=30, retries=0, max_answer=8)
client.call("one.vnpool.info")
before = peak()
for _ in range(int(sys.argv[3])):
    try:
        client.call("one.vnpool.info")
    except OneError:
        pass
    else:
        raise SystemExit("that was taken for an answer")
print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="what a process takes is counted in pages elsewhere")
def test_no_flood_takes_memory(endpoint, repository):
    endpoint.script = [answering(True, 0), *FLOODS.values()]
    command = [sys.executable, "-c", CALLER, str(repository / "salt" / "_utils"), endpoint.url, str(len(FLOODS))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    # The largest answer a few times over: as it came, as text, and what the parser holds of it.
    assert int(done.stdout) < 80


def test_the_largest_answer_can_be_set(endpoint):
    pool = "<VNET_POOL>" + "<VNET><NAME><![CDATA[dmz1]]></NAME><STATE>1</STATE></VNET>" * 40_000 + "</VNET_POOL>"
    endpoint.otherwise = answering(True, pool)
    assert Client(endpoint.url, "alice:secret", max_answer=8).call(READ) == pool
    error = failure(Client(endpoint.url, "alice:secret", max_answer=2))
    assert "an answer of more than 2 MB; if it is OpenNebula's, raise connection:max_answer" in str(error)


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("X-GZIP", gzip.compress), ("deflate", zlib.compress), ("identity", bytes)],
)
def test_an_answer_may_come_packed(client, endpoint, encoding, pack):
    endpoint.otherwise = http(pack(TEXT + b"x" * 200_000 + END), extra=f"Content-Encoding: {encoding}\r\n")
    assert [client.call(READ), client.call(READ)] == ["x" * 200_000] * 2
    assert {number for number, *_ in endpoint.requests} == {1}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (gzip.compress(TEXT + END)[:-20], "sent an incomplete answer"),
        (b"\x1f\x8b and nothing else", "cannot be unpacked"),
        (TEXT + END, "cannot be unpacked"),
    ],
)
def test_a_packed_answer_can_be_damaged(client, endpoint, content, said):
    endpoint.otherwise = http(content, extra="Content-Encoding: gzip\r\n")
    assert said in str(failure(client))


LONG = "word " * 100_000


@pytest.mark.parametrize(
    "answer",
    [
        answering(False, LONG, 0x400),
        answering(False, "x" * 500_000, 0x800),
        http(f"<methodResponse><fault><value><struct><member><name>faultCode</name><value><i4>-1</i4></value></member>"
             f"<member><name>faultString</name><value><string>{LONG}</string></value></member></struct></value></fault>"
             "</methodResponse>".encode()),
    ],
)  # fmt: skip
def test_a_reason_is_told_in_a_sentence_of_some_length(client, endpoint, answer):
    endpoint.otherwise = answer
    with pytest.raises(OneError) as caught:
        client.call(READ)
    assert len(str(caught.value)) < 700
    assert str(caught.value).endswith("…")


@pytest.mark.parametrize(
    "answer",
    [
        [],
        [True],
        [True, "x"],
        [1, "x", 0],
        [True, [], 0],
        [True, {"a": 1}, 0],
        [True, 1.5, 0],
        [True, "x", "0"],
        [True, "x", [0]],
        [False, 7, 0x400],
        [False, ["no"], 0x400],
        [False, "no", "0x400"],
        [False, "no", {"code": 1}],
        ["true", "x", 0],
        "text",
        7,
        {"a": [True, "x", 0]},
    ],
)
def test_an_answer_of_other_types_is_none(client, endpoint, answer):
    endpoint.otherwise = http(xmlrpc.client.dumps((answer,), methodresponse=True).encode())
    error = failure(client)
    assert type(error) is AnswerError
    assert "XML-RPC" in str(error)


def test_what_a_write_made_is_a_number(client, endpoint):
    endpoint.otherwise = answering(True, "seven")
    error = failure(client, WRITE)
    assert type(error) is AnswerError
    assert "it is unknown whether OpenNebula did it" in str(error)
    assert client.call(READ) == "seven"
    assert client.call("one.user.login", "alice", "", 3600, -1) == "seven"


@pytest.mark.parametrize(
    "body", [b"<i4>-1</i4>", b"<i8>2147483648</i8>", b"<boolean>1</boolean>", b"<string>7</string>"]
)
def test_what_was_made_has_a_number(client, endpoint, body):
    endpoint.otherwise = http(START + b"<value>" + body + b"</value><value><i4>0</i4></value>" + CLOSE)
    assert type(failure(client, "one.vn.allocate")) is AnswerError
