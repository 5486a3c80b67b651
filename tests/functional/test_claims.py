"""Users, groups, clusters and hosts of single states: interrupted before their mark is written, and run again."""

import pytest

from onecore.basics.errors import InternalError
from onecore.basics.plan import Desired
from onecore.engine.converge import converge
from onecore.kinds.registry import KINDS
from onecore.wire.transport import Failure
from tests.doubles.dying import PowerCut
from tests.doubles.simulated import Simulated, Wire

#: What a new one needs besides its name.
NEEDED = {"onehost": {"im_mad": "dummy", "vm_mad": "dummy"}}
PREFIX = {"oneuser": "one.user", "onegroup": "one.group", "onecluster": "one.cluster", "onehost": "one.host"}


class Cut(Wire):
    """A wire that is cut right after a call."""

    def __init__(self, simulated, method):
        super().__init__(simulated)
        self.method = method

    def reply(self, method, params):
        answer = super().reply(method, params)
        if method == self.method:
            raise PowerCut
        return answer


class Refusing(Wire):
    """A wire to an OpenNebula that refuses a call."""

    def __init__(self, simulated, method):
        super().__init__(simulated)
        self.method = method

    def reply(self, method, params):
        if method == self.method:
            raise Failure(InternalError, "no room", code=0x2000)
        return super().reply(method, params)


def present(simulated, cli, name="it", wire=None, test=False):
    cloud = simulated.connect(wire)
    (report,) = converge(cloud, KINDS, [Desired(cli, name, None, NEEDED.get(cli, {}), "sls/oneadmin")], test)
    assert report.error == ""
    return report.changes(test)


def by_hand(simulated, cli, name):
    """What a person makes."""
    more = {"oneuser": ("password", "core", []), "onehost": ("dummy", "dummy", -1)}
    simulated.call(f"{PREFIX[cli]}.allocate", name, *more.get(cli, ()))


def refused(simulated, cli, name, wire=None):
    """Why a run makes nothing of a declaration."""
    (report,) = converge(
        simulated.connect(wire), KINDS, [Desired(cli, name, None, NEEDED.get(cli, {}), "sls/oneadmin")]
    )
    return report.error


def mark(simulated, cli, name="it"):
    return simulated.connect().get(KINDS[cli], name).managed


@pytest.mark.parametrize("cli", PREFIX)
def test_what_a_dead_run_made_is_marked_by_the_next(cli):
    simulated = Simulated()
    with pytest.raises(PowerCut):
        present(simulated, cli, wire=Cut(simulated, f"{PREFIX[cli]}.allocate"))
    assert mark(simulated, cli) == ""
    planned = present(simulated, cli, test=True)
    assert planned["managed"] == {"old": None, "new": f"sls/oneadmin/{cli}/it"}
    assert present(simulated, cli) == planned
    assert mark(simulated, cli) == "sls/oneadmin"
    assert present(simulated, cli) == {}


@pytest.mark.parametrize("cli", PREFIX)
def test_what_somebody_else_made_is_not(cli):
    simulated = Simulated()
    present(simulated, cli, "another")
    by_hand(simulated, cli, "by-hand")
    assert "was not created by these states" in refused(simulated, cli, "by-hand")
    assert mark(simulated, cli, "by-hand") == ""


@pytest.mark.parametrize("cli", PREFIX)
def test_what_somebody_makes_later_in_the_place_of_ours_is_not(cli):
    simulated = Simulated()
    present(simulated, cli)
    simulated.call(f"{PREFIX[cli]}.delete", simulated.connect().get(KINDS[cli], "it").id)
    by_hand(simulated, cli, "it")
    assert "was not created by these states" in refused(simulated, cli, "it")


@pytest.mark.parametrize("cli", PREFIX)
def test_what_somebody_makes_that_we_could_not_is_not(cli):
    simulated = Simulated()
    assert "no room" in refused(simulated, cli, "it", Refusing(simulated, f"{PREFIX[cli]}.allocate"))
    by_hand(simulated, cli, "it")
    assert "was not created by these states" in refused(simulated, cli, "it")


@pytest.mark.parametrize("cli", PREFIX)
def test_a_mark_stays_who_ever_put_it_there(cli):
    simulated = Simulated()
    present(simulated, cli)
    made = Desired(cli, "it", None, {}, "eole/it", adopt=True)
    converge(simulated.connect(), KINDS, [made])
    assert present(simulated, cli) == {} and mark(simulated, cli) == "eole/it"


@pytest.mark.parametrize("cli", ["onegroup", "onecluster", "onehost"])
def test_attributes_that_are_refused_are_not_another_runs(cli):
    simulated = Simulated()
    said = refused(simulated, cli, "it", Refusing(simulated, f"{PREFIX[cli]}.update"))
    assert said.startswith("it was created (ID ")
    assert "but OpenNebula rejected its attributes: " in said
    assert said.endswith(" Correct them and run again.")
    assert "managed" in present(simulated, cli)
