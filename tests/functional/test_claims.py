"""Users, groups, clusters and hosts of single states: a run that dies before it has marked them, and the next one."""

import pytest

from onecore.basics.plan import Desired
from onecore.engine.converge import converge
from onecore.kinds.registry import KINDS
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


def present(simulated, cli, name="it", wire=None, test=False):
    cloud = simulated.connect(wire)
    (report,) = converge(cloud, KINDS, [Desired(cli, name, None, NEEDED.get(cli, {}), "sls/oneadmin")], test)
    assert report.error == ""
    return report.changes(test)


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
    allocate = {"oneuser": ("by-hand", "password", "core", []), "onehost": ("by-hand", "dummy", "dummy", -1)}.get(
        cli, ("by-hand",)
    )
    simulated.call(f"{PREFIX[cli]}.allocate", *allocate)
    (report,) = converge(simulated.connect(), KINDS, [Desired(cli, "by-hand", None, {}, "sls/oneadmin")])
    assert "was not made by these states" in report.error
    assert mark(simulated, cli, "by-hand") == ""


@pytest.mark.parametrize("cli", PREFIX)
def test_a_mark_stays_who_ever_put_it_there(cli):
    simulated = Simulated()
    present(simulated, cli)
    made = Desired(cli, "it", None, {}, "eole/it", adopt=True)
    converge(simulated.connect(), KINDS, [made])
    assert present(simulated, cli) == {} and mark(simulated, cli) == "eole/it"
