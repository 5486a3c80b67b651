"""The test network: an uplink, and two users with a gateway and a client on each of their networks.

The machines of both users have the same addresses, even the same hardware addresses; each network has its own bridge,
as on OpenNebula's hosts.
"""

import os
import shutil
from types import SimpleNamespace

import pytest

from .guest import REPOSITORY, Guest
from .namespaces import World, missing

UPLINK, NETWORKS = "EOLE", ("academie", "RIE", "windows")
#: The router of the uplink, which is also its name server, and its answer for every name.
ROUTER, ANYWHERE = "192.168.230.1", "192.168.230.99"
#: The first three numbers of each network's addresses.
PREFIXES = {"academie": "192.168.0", "RIE": "192.168.227", "windows": "192.168.253"}
USERS = {
    "alice": ("192.168.230.11", 100),
    "basile": ("192.168.230.12", 130),
    "camille": ("192.168.230.13", 160),
    "damien": ("192.168.230.14", 190),
    "elise": ("192.168.230.15", 220),
    "farid": ("192.168.230.16", 250),
}
OFFSETS = {"academie": 0, "RIE": 17, "windows": 1}
#: The last number of each client's address.
CLIENT = 60

LEASE_SCRIPT = """#!/bin/sh
[ "$1" = bound ] || exit 0
ip address add "$ip/$mask" dev "$interface"
[ -z "$router" ] || ip route add default via "$router"
echo "$ip $router $dns"
"""


@pytest.fixture(scope="session", autouse=True)
def able():
    """Tests are skipped if the machine cannot run them; CI must be able to."""
    demand(missing())


def demand(reason):
    """Skip a test with a reason; an empty reason does not skip."""
    if reason:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"the proof of the gateway: {reason}")


def mac(address):
    """The hardware address that OpenNebula gives to a NIC with an address."""
    return "02:00:" + ":".join(f"{int(number):02x}" for number in address.split("."))


@pytest.fixture(scope="session")
def pillar(tmp_path_factory):
    """A copy of the example pillar for the minion ``cloud`` only."""
    example = REPOSITORY / "pillar" / "examples" / "schools"
    tree = shutil.copytree(example, tmp_path_factory.mktemp("gateway") / "pillar")
    (tree / "top.sls").write_text("base: {cloud: [opennebula], 'gw-*': [lookup]}\n", encoding="utf-8")
    (tree / "lookup.sls").write_text(f"gateway: {{lookup: {{masters: [{ROUTER}]}}}}\n", encoding="utf-8")
    return tree


@pytest.fixture(scope="session")
def world():
    world = World()
    try:
        world.bridge("br0")
        router = world.machine("router")
        world.plug(router, "eth0", "br0", address=f"{ROUTER}/24")
        router.serve("serve", "router", 80, 4505, 4506)
        router.serve("names", ANYWHERE)
        yield world
    finally:
        world.remove()


def as_context(macs, addresses):
    """The files that OpenNebula's contextualization leaves on a guest."""
    nics = enumerate(zip(macs, addresses, strict=True))
    return "".join(f'export ETH{n}_MAC="{mac}"\nexport ETH{n}_IP="{address}"\n' for n, (mac, address) in nics)


def build(world, folder, pillar, user, context=False, managed=False):
    """A user's gateway and clients. The gateway's interfaces have meaningless names.

    managed
        Whether a network manager configures the uplink.
    """
    uplink, vlan = USERS[user]
    machine = world.machine(f"{user}-gw")
    macs = {UPLINK: mac(uplink), **{name: mac(f"{PREFIXES[name]}.1") for name in NETWORKS}}
    if context:
        # Different for each user, since all share the uplink.
        macs = {name: f"02:01:00:00:{vlan:02x}:{number:02x}" for number, name in enumerate(macs)}
    clients = {}
    for number, name in enumerate(NETWORKS):
        bridge = f"onebr.{vlan + OFFSETS[name]}"
        world.bridge(bridge)
        clients[name] = world.machine(f"{user}-{name}")
        world.plug(clients[name], "eth0", bridge, mac(f"{PREFIXES[name]}.{CLIENT}"))
        world.plug(machine, f"lan{9 - number}", bridge, macs[name])
    world.plug(machine, "net7", "br0", macs[UPLINK], None if managed else f"{uplink}/24")
    if not managed:
        machine.run("ip", "route", "add", "default", "via", ROUTER)
    ips = [uplink, *(f"{PREFIXES[name]}.1" for name in NETWORKS)]
    guest = Guest(machine, folder, f"gw-{user}", pillar, as_context(macs.values(), ips) if context else None)
    return SimpleNamespace(user=user, uplink=uplink, gateway=machine, guest=guest, **clients)


@pytest.fixture(scope="session")
def lease(tmp_path_factory):
    """Request an address for a client: ``(address, router, name server)`` of the answer."""
    script = tmp_path_factory.mktemp("lease") / "script"
    script.write_text(LEASE_SCRIPT, encoding="utf-8")
    script.chmod(0o755)

    def ask(machine, interface="eth0"):
        machine.run("ip", "address", "flush", "dev", interface)
        done = machine.run("udhcpc", "-i", interface, "-s", script, "-n", "-q", "-f", "-t", 5, "-T", 1, check=False)
        words = done.stdout.split()
        return tuple(words[-3:]) if len(words) >= 3 else ()

    return ask


def infrastructure(world, folder, pillar, lease, user, context):
    """All machines of a user, with the gateway after the first run of the formula."""
    world.folders.append(folder)
    built = build(world, folder, pillar, user, context)
    built.first_dry_run = built.guest.apply(test=True)
    built.first_run = built.guest.apply()
    built.leases = {name: lease(getattr(built, name)) for name in NETWORKS}
    for name in NETWORKS:
        getattr(built, name).serve("serve", f"{user}-{name}", 22, 80, 443, 445)
    return built


@pytest.fixture(scope="session")
def alice(world, tmp_path_factory, pillar, lease):
    """A user whose gateway identifies its interfaces by OpenNebula's context."""
    return infrastructure(world, tmp_path_factory.mktemp("alice"), pillar, lease, "alice", context=True)


@pytest.fixture(scope="session")
def basile(world, tmp_path_factory, pillar, lease):
    """Another user, whose gateway identifies them by their hardware addresses."""
    return infrastructure(world, tmp_path_factory.mktemp("basile"), pillar, lease, "basile", context=False)


@pytest.fixture
def router(world):
    """The machine on the uplink that is the router to the outside."""
    return world.machines["router"]


@pytest.fixture
def declare(pillar):
    """Declare a part of the pillar of a user and the gateway, as YAML; it is removed after the test."""
    path = pillar / "opennebula" / "users" / "zz_said.sls"

    def say(user, gateway, labs="{}"):
        said = f"{{gateway: {gateway}, labs: {labs}}}"
        path.write_text(f"opennebula: {{users: {{{user}: {said}}}}}\n", encoding="utf-8")

    yield say
    path.unlink(missing_ok=True)


@pytest.fixture
def restored(alice):
    """Alice's gateway, which is reset to the example pillar after the test."""
    yield alice
    alice.guest.apply()
