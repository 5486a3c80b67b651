"""The traffic that a gateway of the formula allows and refuses."""

import pytest

from .conftest import ANYWHERE, NETWORKS, PREFIXES, ROUTER

CLIENTS = {name: f"{prefix}.60" for name, prefix in PREFIXES.items()}


def reaches(infrastructure, source, target, port):
    """Whether a client reaches the client of another network, which answers with its name and the asker's address."""
    answer = getattr(infrastructure, source).talk("ask", CLIENTS[target], port)
    assert answer in ("", f"{infrastructure.user}-{target} {CLIENTS[source]}")
    return bool(answer)


@pytest.mark.parametrize("network", NETWORKS)
def test_clients_get_the_address_that_opennebula_has_leased(alice, basile, network):
    expected = (CLIENTS[network], f"{PREFIXES[network]}.1", f"{PREFIXES[network]}.1")
    assert alice.leases[network] == expected
    assert basile.leases[network] == expected


def test_machines_that_opennebula_does_not_know_get_others(world, alice, lease):
    stranger = world.machine("stranger")
    world.plug(stranger, "eth0", "onebr.100", mac="02:99:00:00:00:01")
    address, *rest = lease(stranger)
    assert 210 <= int(address.rpartition(".")[2]) < 230
    assert rest == ["192.168.0.1", "192.168.0.1"]
    world.plug(stranger, "eth1", "onebr.117", mac="02:99:00:00:00:02")
    assert lease(stranger, "eth1") == ()


def test_names(alice):
    ask = alice.windows.talk
    assert ask("resolve", "192.168.253.1", "scribe.school.internal") == "192.168.0.60"
    assert ask("resolve", "192.168.253.1", "horus") == "192.168.253.60"
    assert ask("resolve", "192.168.253.1", "nobody.school.internal") == ""
    assert ask("resolve", "192.168.253.1", "www.example.org") == ANYWHERE


@pytest.mark.parametrize("network", NETWORKS)
def test_everybody_reaches_the_world_with_the_address_of_the_gateway(alice, network):
    assert getattr(alice, network).talk("ask", ROUTER, 80) == f"router {alice.uplink}"


@pytest.mark.parametrize(
    ("source", "target", "open_ports"),
    [
        ("academie", "RIE", {80, 443}),
        ("academie", "windows", {22, 80, 443, 445}),
        ("RIE", "academie", set()),
        ("RIE", "windows", set()),
        ("windows", "academie", {445}),
        ("windows", "RIE", set()),
    ],
)
def test_networks_reach_each_other_as_the_policy_says(alice, source, target, open_ports):
    assert {port for port in (22, 80, 443, 445) if reaches(alice, source, target, port)} == open_ports


def test_ping_as_the_policy_says(alice):
    assert alice.academie.pings(CLIENTS["RIE"])
    assert alice.academie.pings(CLIENTS["windows"])
    assert not alice.windows.pings(CLIENTS["academie"])
    assert all(getattr(alice, name).pings(f"{PREFIXES[name]}.1") for name in NETWORKS)


@pytest.fixture
def routed(router, alice):
    """The router sends what is for the networks to Alice's gateway, though nobody there has asked for it."""
    route = ("192.168.0.0/16", "via", alice.uplink)
    router.run("ip", "route", "add", *route)
    yield router
    router.run("ip", "route", "delete", *route)


def test_the_uplink_reaches_nothing(routed, alice):
    assert not routed.pings(CLIENTS["windows"])
    assert not routed.pings(alice.uplink)
    assert not any(routed.talk("ask", CLIENTS["academie"], port) for port in (80, 443, 445))
    assert routed.talk("resolve", alice.uplink, "scribe.school.internal") == ""
    assert routed.talk("resolve", "192.168.0.1", "scribe.school.internal") == ""


def test_port_forwards(routed, alice, basile):
    assert routed.talk("ask", alice.uplink, 8080) == f"alice-academie {ROUTER}"
    assert routed.talk("ask", basile.uplink, 8080) == f"basile-academie {ROUTER}"
    # Only at the uplink address: others of the gateway's are local to it, too.
    assert routed.talk("ask", "192.168.253.1", 8080) == ""
    assert routed.talk("ask", alice.uplink, 80) == ""


def test_the_same_addresses_are_other_machines(world, alice, basile):
    assert reaches(alice, "academie", "windows", 80)
    assert reaches(basile, "academie", "windows", 80)
    other = world.machine("other")
    world.plug(other, "eth0", "onebr.130", address="192.168.0.61/24")
    assert basile.academie.pings("192.168.0.61")
    assert not alice.academie.pings("192.168.0.61")
    assert not alice.windows.pings("192.168.0.61")
    with world.cable("onebr.100", "onebr.130"):
        assert alice.academie.pings("192.168.0.61")


def heard(listener, port, sender, to, sources):
    """Which datagrams arrive, of those that a machine sends from addresses; with the last one it is honest.

    to
        The address and the port that it sends to.
    """
    ear = listener.serve("hear", port)
    try:
        for source in sources:
            sender.talk("send", source, *to, source)
        lines = iter(ear.stdout.readline, f"{sources[-1]}\n")
        return [line.strip() for line in lines]
    finally:
        ear.kill()


LIES = ["192.168.227.77", "192.168.253.77", "10.1.1.1", ROUTER]


def spoofed_inside(alice, *more):
    sources = [*LIES, *more, CLIENTS["academie"]]
    return heard(alice.windows, 9999, alice.academie, (CLIENTS["windows"], 9999), sources)


def spoofed_outside(alice, router):
    return heard(alice.academie, 514, router, (alice.uplink, 5514), [*LIES[:2], ROUTER])


def test_spoofed_sources_are_dropped(alice, router):
    assert spoofed_inside(alice, "192.168.0.1") == []
    assert spoofed_outside(alice, router) == []


#: What keeps each promise: a change to the rules that breaks it, and how that shows.
BREAKING = [
    ("flush chain inet onegateway spoofed", lambda alice, _: spoofed_inside(alice) == LIES),
    ("flush chain inet onegateway spoofed", lambda alice, router: spoofed_outside(alice, router) == LIES[:2]),
    ("flush chain inet onegateway forwards", lambda alice, router: not router.talk("ask", alice.uplink, 8080)),
    ("flush chain inet onegateway hide", lambda alice, _: alice.RIE.talk("ask", ROUTER, 80) == "router 192.168.227.60"),
    ("insert rule inet onegateway forward accept", lambda alice, _: reaches(alice, "RIE", "windows", 22)),
    ("insert rule inet onegateway forward accept", lambda _, router: router.talk("ask", CLIENTS["windows"], 22)),
    ("insert rule inet onegateway input accept", lambda alice, router: router.pings(alice.uplink)),
]


@pytest.mark.parametrize(("damage", "shows"), BREAKING)
def test_broken_rules_show(alice, routed, damage, shows):
    """What the tests above would see if the rules were wrong: none of them can pass for another reason."""
    assert not shows(alice, routed)
    rules = alice.gateway.run("nft", "list", "table", "inet", "onegateway").stdout
    alice.gateway.run("nft", *damage.split())
    try:
        assert shows(alice, routed)
    finally:
        alice.gateway.run("nft", "--file", "-", text=f"delete table inet onegateway\n{rules}")
