"""
Replay a conversation with a cloud, a JSON object on each line:

    {"auth": …, "method": …, "params": […], "ok": true, "body": …}       a call and what it answers
    {"auth": …, "method": …, "params": […], "ok": false, "code": 512}    a call that is refused
    {"wait": {"auth": …, "method": …, "params": […], "body": …, "timeout": s}}   until it answers that
    {"gone": {"auth": …, "method": …, "params": […], "timeout": s}}      until the call is refused

An XML body holds what matters and no more: each of its elements must be in the answer, in any order. One without
content must have none.
"""

import json
import pathlib
import time
import xmlrpc.client

from lxml import etree

#: The conversations of this project.
FOLDER = pathlib.Path(__file__).with_name("scenarios")
POLL = 0.05


def play(endpoint, path):
    """Replay the conversation in a file; AssertionError names the line with a difference."""
    with xmlrpc.client.ServerProxy(endpoint, allow_none=True) as proxy:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            row = json.loads(line)
            fault = _play_row(proxy, row)
            assert not fault, f"{path.name}:{number}: {fault}\n{line}"


def _call(proxy, row):
    return getattr(proxy, row["method"])(row["auth"], *row["params"])


def _play_row(proxy, row):
    """The difference of the answer, or None."""
    if "wait" in row:
        return _until(proxy, row["wait"], lambda ok, body: ok and _holds(body, row["wait"]["body"]))
    if "gone" in row:
        return _until(proxy, row["gone"], lambda ok, body: not ok)
    ok, body, *rest = _call(proxy, row)
    if ok != row["ok"]:
        return f"ok is {ok}: {body}"
    if not ok:
        return None if rest[0] == row["code"] else f"code is {rest[0]}: {body}"
    return None if _holds(body, row["body"]) else f"body is {body}"


def _until(proxy, row, reached):
    end = time.monotonic() + row["timeout"]
    while True:
        ok, body, *_ = _call(proxy, row)
        if reached(ok, body):
            return None
        if time.monotonic() > end:
            return f"never reached, last: {body}"
        time.sleep(POLL)


def _holds(body, wanted):
    if isinstance(wanted, str) and wanted.startswith("<"):
        return _element_holds(etree.fromstring(body), etree.fromstring(wanted))
    return body == wanted


def _element_holds(element, wanted):
    if len(wanted):
        return all(any(_element_holds(child, part) for child in element.findall(part.tag)) for part in wanted)
    return (element.text or "") == (wanted.text or "") and not len(element)
