"""A gateway with a real network manager, and all default routes that a context can contain."""

import pytest

from .conftest import NETWORKS, PREFIXES, ROUTER, USERS, build, demand
from .guest import changes
from .managers import Netplan, Networkd, NetworkManager

LANS = [f"lan{9 - number}" for number in range(len(NETWORKS))]
#: Where each is tried: what one user's manager does is nothing to the others.
MANAGERS = {"camille": Networkd, "damien": Netplan, "elise": NetworkManager}
#: Others' daemon, which nobody gets installed for a test.
OPTIONAL = (NetworkManager,)


@pytest.fixture(scope="module", params=MANAGERS, ids=[each.__name__ for each in MANAGERS.values()])
def managed(request, world, tmp_path_factory, pillar):
    """A gateway that has just booted, and after it the formula."""
    user, kind = request.param, MANAGERS[request.param]
    lacking = kind.lacking()
    if lacking and kind in OPTIONAL:
        pytest.skip(lacking)
    demand(lacking)
    folder = tmp_path_factory.mktemp(user)
    world.folders.append(folder)
    built = build(world, folder, pillar, user, context=True, managed=True)
    routers = {lan: f"{PREFIXES[name]}.1" for lan, name in zip(LANS, NETWORKS, strict=True)}
    nics = {"net7": (USERS[user][0], ROUTER), **{lan: (router, router) for lan, router in routers.items()}}
    built.manager = kind(built.guest, nics, "net7")
    built.manager.contextualize()
    built.manager.restart()
    built.before = built.manager.ways_out()
    for name in NETWORKS:
        client = getattr(built, name)
        client.run("ip", "address", "add", f"{PREFIXES[name]}.60/24", "dev", "eth0")
        client.run("ip", "route", "add", "default", "via", f"{PREFIXES[name]}.1")
    built.first_run = built.guest.apply()
    return built


def assert_whole(managed):
    """The uplink is the only way out, and everybody has the gateway."""
    assert managed.manager.ways_out() == ["net7"]
    for name in NETWORKS:
        assert getattr(managed, name).talk("ask", ROUTER, 80) == f"router {managed.uplink}"


def piece(managed):
    """What the state says of the file that keeps this manager away."""
    return NetworkManager.service if managed.manager.service == NetworkManager.service else "networkd"


def test_the_formula_takes_away_the_ways_that_lead_nowhere(managed):
    assert managed.before == sorted(["net7", *LANS])
    assert {"firewall", piece(managed), "network"} < set(changes(managed.first_run)["gateway configuration"])
    assert_whole(managed)
    assert changes(managed.guest.apply()) == {}


def test_they_stay_away_when_the_manager_starts_anew(managed):
    conversation = managed.windows.serve("hold", ROUTER, 80)
    managed.manager.restart()
    assert_whole(managed)
    conversation.stdin.write("again\n")
    conversation.stdin.flush()
    assert conversation.stdout.readline().strip() == f"router {managed.uplink}"


def test_they_stay_away_when_the_context_is_written_anew(managed):
    managed.manager.contextualize()
    managed.manager.tell(*managed.manager.again)
    managed.manager.settle()
    assert_whole(managed)


def test_they_stay_away_when_a_cable_is_plugged(managed):
    for state in ("down", "up"):
        managed.gateway.run("ip", "link", "set", "lan8", state)
    managed.manager.settle()
    assert_whole(managed)


def test_it_is_the_file_that_keeps_them_away(managed):
    """What the tests above would see if the formula had written none."""
    path = managed.guest.folder / managed.manager.file
    text = path.read_text(encoding="utf-8")
    path.unlink()
    for lan in LANS:
        # As after a boot: NetworkManager takes what it finds configured for somebody else's.
        managed.gateway.run("ip", "address", "flush", "dev", lan)
    managed.manager.restart()
    assert managed.manager.until(lambda: managed.manager.ways_out() == managed.before)
    path.write_text(text, encoding="utf-8")
    assert piece(managed) in changes(managed.guest.apply())["gateway configuration"]
    assert_whole(managed)


def test_what_the_formula_leaves_is_the_managers_again(managed):
    try:
        managed.guest.apply("gateway.clean")
        assert not (managed.guest.folder / managed.manager.file).exists()
        assert managed.manager.until(lambda: managed.manager.ways_out() == managed.before)
    finally:
        managed.guest.apply()
    assert_whole(managed)


def test_the_units_are_such_to_systemd(managed):
    units = sorted((managed.guest.folder / "etc/systemd/system").glob("onegateway-*.service"))
    assert len(units) == 3
    told = managed.guest.run("systemd-analyze", "verify", "--man=no", *(f"/etc/systemd/system/{u.name}" for u in units))
    assert not [line for line in told.stderr.splitlines() if "onegateway" in line]
