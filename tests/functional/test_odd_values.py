"""Unusual texts as values: each arrives unchanged, or is refused before the first write."""

import pytest

from onecore.basics.plan import Desired
from onecore.engine.converge import converge
from onecore.kinds.registry import KINDS
from tests.doubles.simulated import Simulated
from tools.coverage import data, needs

PLAIN = "plain"
ODD = {
    "quotes": 'say "hi", it\'s \\" so',
    "lines": "one\r\n  two\n",
    "blanks": "  around  ",
    "a blank": " ",
    "nothing": "",
    "accents": "é ☺ \u00a0",
    "beyond": "\U0001f600",
    "a control character": "a\x01b",
    "backslashes": "C:\\dir\\",
    "markup": "<a>&amp;</a> ]]>",
    "syntax": "[a=b, c] # no comment",
    "a variable": "$NAME ${HOME}",
    "long": "x" * 70000,
    "a number in words": "007",
    "a number": 1.50,
    "a truth": False,
    "null": None,
    "a list": ["a", "b"],
    "a mapping": {"A": "1"},
}
#: Besides the free attributes that all have: where else a text may stand, and what takes it away.
MORE = {
    "onetemplate": [
        ("attributes", lambda value: {"ODD": {"A": value, "B": "x"}}),
        ("context", lambda value: {"ODD": value}),
        ("disks", lambda value: [{"TYPE": "fs", "size": 10, "odd": value}]),
    ],
    "onevm": [
        ("context", lambda value: {"ODD": value, "KEPT": "so that there is one"}),
        ("raw", lambda value: {"type": "dummy", "data": value}),
        ("os", lambda value: {"kernel_cmd": value}),
    ],
    "onehost": [("reserved_cpu", lambda value: "10" if value == PLAIN else value)],
    "onevnet": [
        ("bridge", lambda value: value),
        ("address_ranges", lambda value: {"a": {"ip": "10.0.0.1", "size": 2, "odd": value}}),
    ],
}


def places():
    """Kind, argument, and what makes its value of an odd text."""
    for cli, kind in KINDS.items():
        names = {each.name for each in kind.arguments}
        if "attributes" in names:
            yield cli, "attributes", lambda value: {"ODD": value}
        if "description" in names:
            yield cli, "description", lambda value: value
        yield from ((cli, *each) for each in MORE.get(cli, ()))


PLACES = list(places())


@pytest.fixture(scope="module")
def simulated():
    simulated = Simulated()
    reports = converge(simulated.connect(), KINDS, list(needs()))
    assert [report.error for report in reports if report.error] == []
    return simulated


def declare(simulated, cli, name, values, test=False):
    """Its report, and how many calls wrote."""
    wire = simulated.wire()
    desired = Desired(cli, name, None, values, "sls/oneadmin", disruption=True)
    (report,) = converge(simulated.connect(wire), KINDS, [desired], test)
    return report, len(wire.writes)


@pytest.mark.parametrize(("cli", "argument", "make"), PLACES, ids=[f"{cli}:{name}" for cli, name, _ in PLACES])
def test_an_odd_text(simulated, cli, argument, make):
    base = data("attributes")[cli]["base"]
    for number, value in enumerate(ODD.values()):
        name = f"{argument}-{PLACES.index((cli, argument, make))}-{number}"
        for said in (value, PLAIN, value):
            values = {**base, argument: make(said)}
            foreseen, writes = declare(simulated, cli, name, values, test=True)
            assert writes == 0
            done, writes = declare(simulated, cli, name, values)
            assert (foreseen.error, foreseen.changes(True)) == (done.error, done.changes(False))
            if done.error:
                assert (said, writes) == (value, 0) and len(done.error) < 1000
            else:
                again, writes = declare(simulated, cli, name, values)
                assert (again.error, again.pending, writes) == ("", False, 0)
