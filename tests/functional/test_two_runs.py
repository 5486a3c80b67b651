"""Two runs of the same at once, of masters that share nothing: one of each, and a further run has nothing to do."""

import pytest

from tests.doubles.simulated import Wire
from tests.doubles.together import Together
from tests.functional.test_interruption import prepared, remains, run

#: Every so many calls another run overtakes.
STEP = 9
ROUNDS = range(6)


class Passed(Wire):
    """A wire on which another run overtakes: all of it happens right before a call."""

    def __init__(self, simulated, number):
        super().__init__(simulated)
        self.simulated, self.number, self.errors = simulated, number, None

    def reply(self, method, params):
        if len(self.log) == self.number:
            _, self.errors = run(self.simulated)
        return super().reply(method, params)


@pytest.fixture(scope="module", params=[False, True], ids=["", "foreign"])
def alone(request):
    """Whether foreign networks are in the way, the calls of a run that is the only one, and what it leaves."""
    simulated = prepared(request.param)
    wire, errors = run(simulated)
    assert errors == []
    return request.param, wire.log, remains(simulated)


def test_another_run_overtakes(alone):
    foreign, log, expected = alone
    for number in range(1 + 4 * foreign, len(log) + 1, STEP):
        simulated = prepared(foreign)
        wire, errors = run(simulated, Passed(simulated, number))
        assert (errors, wire.errors, remains(simulated)) == ([], [], expected)
        again, errors = run(simulated)
        assert (again.writes, errors) == ([], [])


@pytest.mark.parametrize("seed", ROUNDS)
def test_two_runs_side_by_side(alone, seed):
    foreign, _, expected = alone
    simulated, together = prepared(foreign), Together(seed)
    done = together.run({who: lambda who=who: run(simulated, together.wire(simulated, who)) for who in "ab"})
    assert [errors for _, errors in done.values()] == [[], []]
    assert remains(simulated) == expected
    again, errors = run(simulated)
    assert (again.writes, errors) == ([], [])
