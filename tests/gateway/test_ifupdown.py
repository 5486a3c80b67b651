"""A gateway whose network ifupdown looks after: the real one, with the file that the context packages write for it."""

import pytest

from .conftest import NETWORKS, PREFIXES, ROUTER, USERS, build, demand
from .guest import changes
from .namespaces import missing

USER = "farid"
LANS = {f"lan{9 - number}": f"{PREFIXES[name]}.1" for number, name in enumerate(NETWORKS)}


@pytest.fixture(scope="module")
def farid(world, tmp_path_factory, pillar):
    """A gateway that has just booted, and after it the formula."""
    demand(missing())
    if lacking := missing(("ifup", "ifdown")):
        # Installed, it would be the machine's own manager from the next boot on.
        pytest.skip(lacking)
    folder = tmp_path_factory.mktemp(USER)
    world.folders.append(folder)
    built = build(world, folder, pillar, USER, context=True, managed=True)
    uplink = f"auto net7\niface net7 inet static\n  address {USERS[USER][0]}/24\n  gateway {ROUTER}\n"
    lans = "".join(f"auto {lan}\niface {lan} inet static\n  address {address}/24\n" for lan, address in LANS.items())
    (folder / "etc/network/interfaces").write_text(f"auto lo\niface lo inet loopback\n{uplink}{lans}", encoding="utf-8")
    (folder / "run/network").mkdir()
    assert tell(built, "ifup -a") == 0
    for name in NETWORKS:
        client = getattr(built, name)
        client.run("ip", "address", "add", f"{PREFIXES[name]}.60/24", "dev", "eth0")
        client.run("ip", "route", "add", "default", "via", f"{PREFIXES[name]}.1")
    built.guest.apply()
    return built


def tell(farid, command):
    """The exit status of a command in the guest."""
    return farid.guest.run(*command.split()).returncode


def assert_whole(farid):
    """Everybody has the gateway and reaches the world through it."""
    for name in NETWORKS:
        assert getattr(farid, name).talk("ask", ROUTER, 80) == f"router {farid.uplink}"


def test_a_second_run_changes_nothing(farid):
    assert_whole(farid)
    assert changes(farid.guest.apply()) == {}


def test_it_starts_anew_without_an_error(farid):
    assert tell(farid, "ifdown -a --exclude=lo") == 0
    assert tell(farid, "ifup -a") == 0
    assert_whole(farid)
    assert changes(farid.guest.apply()) == {}


def test_the_context_packages_bring_each_interface_up_without_an_error(farid):
    """What they do when a NIC or the context has changed: each interface down, and then each up again."""
    interfaces = ("net7", *LANS)
    for interface in interfaces:
        tell(farid, f"ifdown {interface}")
        farid.gateway.run("ip", "address", "flush", "dev", interface)
    assert {interface: tell(farid, f"ifup {interface}") for interface in interfaces} == dict.fromkeys(interfaces, 0)
    assert_whole(farid)
