"""Objects of the case files are exported as declared, for each kind and argument."""

import pathlib

import pytest

from onecore.engine.converge import converge
from onecore.kinds.registry import KINDS
from tests.doubles.cases import read
from tests.doubles.existing import taken_over
from tests.doubles.simulated import Simulated

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "kinds" / "cases"
CASES = [case for path in sorted(FOLDER.glob("*.yaml")) for case in read(path)]
#: Cases that leave an object behind which is neither broken nor half done.
SOUND = [case for case in CASES if not (case.error or case.faults)]


@pytest.mark.parametrize("case", SOUND, ids=[f"{case.kind}: {case.title}" for case in SOUND])
def test_what_a_case_makes_is_taken_over(case):
    simulated = Simulated()
    for description in case.there:
        simulated.sow(description)
    simulated.settle()
    cloud = simulated.connect()
    converge(cloud, KINDS, [case.desired(cloud.account)])
    simulated.settle()
    taken_over(simulated)
