"""The cases of each kind, from the files in ``cases``: a dry run, the real run, and a second one."""

import pathlib

import pytest

from onecore.basics.marks import MARK, Mark
from onecore.engine.converge import converge
from onecore.kinds.registry import KINDS
from onecore.model.ownership import Managed
from tests.doubles.cases import read, settled_on
from tests.doubles.simulated import Simulated

CASES = [case for path in sorted(pathlib.Path(__file__).with_name("cases").glob("*.yaml")) for case in read(path)]


def run(simulated, case, test=False):
    """What a run makes of the declaration: its report, its changes, and the calls that wrote."""
    wire = simulated.wire()
    cloud = simulated.connect(wire)
    (report,) = converge(cloud, KINDS, [case.desired(cloud.account)], test)
    calls = [{method: list(params)} for method, *params in wire.writes]
    return report, report.changes(test), calls


def mark(simulated, case):
    """Let what is there under the declared name say that these states created it."""
    cloud = simulated.connect()
    desired, kind = case.desired(cloud.account), KINDS[case.kind]
    found = cloud.pool(kind).named(desired.name, desired.owner or cloud.account)
    for each in found:
        if not each.text(each.mark_path):
            text = str(Mark.of(desired.managed, kind.cli, desired.name))
            simulated.call(f"{kind.prefix}.update", each.id, f'{MARK}="{text}"', 1)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}: {case.title}")
def test_case(case):
    simulated = Simulated()
    for rule in case.faults:
        simulated.cloud.faults.add(rule)
    for description in case.there:
        simulated.sow(description)
    if not case.foreign:
        mark(simulated, case)

    planned, changes, calls = run(simulated, case, test=True)
    assert (settled_on(case.foreseen, changes), calls) == (case.foreseen, [])
    assert planned.result(True) is (False if case.refused else None if case.foreseen else True)

    report, changes, calls = run(simulated, case)
    said = case.error or case.comment
    assert settled_on(said, report.comment(False)) == said
    assert settled_on(case.changes, changes) == case.changes
    assert settled_on(case.calls, calls) == list(case.calls)
    assert report.result(False) is not bool(case.error)
    if case.refused:
        assert planned.comment(True) == report.comment(False)
    if case.error:
        return

    again, changes, calls = run(simulated, case)
    assert (again.action, again.error, changes, calls) == ("none", "", {}, [])


@pytest.mark.parametrize("cli", KINDS)
def test_every_kind_has_cases(cli):
    assert any(case.kind == cli for case in CASES), f"there is no cases/{cli}.yaml"


@pytest.mark.parametrize(
    ("cli", "argument"),
    [(kind.cli, field.name) for kind in KINDS.values() for field in kind.fields if not isinstance(field, Managed)],
)
def test_every_argument_has_a_case(cli, argument):
    said = any(case.kind == cli and argument in case.declared for case in CASES)
    assert said, f"no case of cases/{cli}*.yaml declares {argument}"


def test_every_case_is_of_a_kind():
    assert {case.kind for case in CASES} <= KINDS.keys()


@pytest.mark.parametrize(
    ("expected", "seen", "same"),
    [
        ({"a": "x …"}, {"a": "x 1\n2"}, True),
        ({"a": "x … z"}, {"a": "x 1"}, False),
        ({"a": "…"}, {"a": None}, False),
        ({"a": "…"}, {"a": "1", "b": "2"}, False),
        ({"a": "…", "b": "2"}, {"a": "1"}, False),
        ([{"m": [0, "…"]}], [{"m": [0, "1"]}], True),
        ([{"m": [0, "…"]}], [{"m": [1, "1"]}], False),
        ([{"m": ["…"]}], [{"m": ["1", "2"]}], False),
        ([{"m": ["1", "…"]}], [{"m": ["1"]}], False),
        ("…", "", True),
    ],
)
def test_what_is_drawn_at_random_is_the_only_thing_that_may_differ(expected, seen, same):
    assert (settled_on(expected, seen) == expected) is same


@pytest.mark.parametrize("case", ["{declared: {}, call: [], comment: x}", "{declared: {}}", "{comment: x, error: x}"])
def test_a_case_that_says_what_nobody_reads_is_a_mistake(tmp_path, case):
    path = tmp_path / "onevnet.yaml"
    path.write_text(f"cases: {{it: {case}}}\n")
    with pytest.raises(ValueError, match=r"onevnet\.yaml: 'it'"):
        read(path)
