"""The proof's world: an uplink, and two users with a gateway and a client on each of their networks.

Both users' machines have the same addresses, even the same hardware addresses; what keeps them apart is that each
network has a bridge of its own, as on OpenNebula's hosts.
"""

import os
import shutil
from types import SimpleNamespace

import pytest

from .guest import REPOSITORY, Guest
from .namespaces import World, missing

UPLINK, NETWORKS = "EOLE", ("academie", "RIE", "windows")
#: The router of the uplink, which is also its name server, and what it says of every name.
ROUTER, ANYWHERE = "192.168.230.1", "192.168.230.99"
#: First three numbers of each network's addresses.
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
#: The last number of the address that each client has.
CLIENT = 60

LEASE_SCRIPT = """#!/bin/sh
[ "$1" = bound ] || exit 0
ip address add "$ip/$mask" dev "$interface"
[ -z "$router" ] || ip route add default via "$router"
echo "$ip $router $dns"
"""


@pytest.fixture(scope="session", autouse=True)
def able():
    """Where the proof cannot be made it is skipped, and CI must be able to make it."""
    demand(missing())


def demand(reason):
    """Skip what cannot be tried for a reason; an empty one is none."""
    if reason:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"the proof of the gateway: {reason}")


def mac(address):
    """The hardware address that OpenNebula gives to a NIC with an address."""
    return "02:00:" + ":".join(f"{int(number):02x}" for number in address.split("."))


@pytest.fixture(scope="session")
def pillar(tmp_path_factory):
    """A copy of the example pillar that only the minion ``cloud`` gets."""
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
    """What OpenNebula's contextualization leaves on a guest."""
    nics = enumerate(zip(macs, addresses, strict=True))
    return "".join(f'export ETH{n}_MAC="{mac}"\nexport ETH{n}_IP="{address}"\n' for n, (mac, address) in nics)


def build(world, folder, pillar, user, context=False, managed=False):
    """A user's gateway and clients. The gateway's interfaces have names that tell nothing.

    managed
        Whether the uplink is left to a network manager.
    """
    uplink, vlan = USERS[user]
    machine = world.machine(f"{user}-gw")
    macs = {UPLINK: mac(uplink), **{name: mac(f"{PREFIXES[name]}.1") for name in NETWORKS}}
    if context:
        # Told apart on the uplink, which all users share.
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
    """Make a client ask for an address: ``(address, router, name server)`` as it was told."""
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
    """All of a user's machines, the gateway as the formula makes it the first time."""
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
    """A user whose gateway knows its interfaces by OpenNebula's context."""
    return infrastructure(world, tmp_path_factory.mktemp("alice"), pillar, lease, "alice", context=True)


@pytest.fixture(scope="session")
def basile(world, tmp_path_factory, pillar, lease):
    """Another one, whose gateway knows them by their hardware addresses."""
    return infrastructure(world, tmp_path_factory.mktemp("basile"), pillar, lease, "basile", context=False)


@pytest.fixture
def router(world):
    """The machine on the uplink that everybody reaches the world through."""
    return world.machines["router"]


@pytest.fixture
def declare(pillar):
    """Say something in the pillar, as YAML, of a user and the gateway; what was said is forgotten after the test."""
    path = pillar / "opennebula" / "users" / "zz_said.sls"

    def say(user, gateway, labs="{}"):
        said = f"{{gateway: {gateway}, labs: {labs}}}"
        path.write_text(f"opennebula: {{users: {{{user}: {said}}}}}\n", encoding="utf-8")

    yield say
    path.unlink(missing_ok=True)


@pytest.fixture
def restored(alice):
    """Alice's gateway, which after the test is put back to what the example pillar says."""
    yield alice
    alice.guest.apply()
