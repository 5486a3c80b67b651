"""The addresses of a gateway on its networks, as a text for ``ip -batch``.

The uplink is not changed: it is configured by the contextualization, and without it the master could not be reached. On
the user's networks, the contextualization may have set a default route to the network's router, which is the gateway
itself: the address is ensured and that route removed. If the network manager ignores these interfaces (`managers`),
they are configured only here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .model import Model

ADDRESS = re.compile(r"^address replace (\S+) broadcast \+ dev (\S+)$", re.MULTILINE)


def render(model: Model) -> str:
    """The commands; each can be repeated without effect."""
    return "".join(f"{line}\n" for line in _commands(model))


def _commands(model: Model) -> Iterator[str]:
    for zone in model.networks:
        yield f"link set dev {zone.interface} {f'mtu {zone.mtu} ' if zone.mtu else ''}up"
        # Like network managers do; systemd-networkd 252 loops if it finds its address without a broadcast address.
        yield f"address replace {zone.address}/{zone.subnet.prefixlen} broadcast + dev {zone.interface}"
        yield f"route flush exact default dev {zone.interface}"


def addresses(commands: str) -> list[str]:
    """The addresses in commands: ``["192.168.0.1/24 dev eth1"]``."""
    return [f"{address} dev {interface}" for address, interface in ADDRESS.findall(commands)]


def interfaces(commands: str) -> set[str]:
    """The interfaces in commands; none of them is an uplink."""
    return {interface for _, interface in ADDRESS.findall(commands)}


def withdrawal(old: str, new: str = "") -> str:
    """The commands that remove addresses which are in ``old`` and not in ``new``."""
    kept = set(addresses(new))
    return "".join(f"address delete {each}\n" for each in addresses(old) if each not in kept)
