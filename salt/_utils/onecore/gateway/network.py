"""The addresses of a gateway on its networks, as a text for ``ip -batch``.

The uplink is left as the contextualization makes it: without it there would be no master to ask. On the user's
networks the same contextualization may have set a default route to the network's router, which is the gateway itself:
the address is ensured and that route removed. Where the manager of the contextualization leaves these interfaces alone
(`managers`), all that they have comes from here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .model import Model

ADDRESS = re.compile(r"^address replace (\S+) broadcast \+ dev (\S+)$", re.MULTILINE)


def render(model: Model) -> str:
    """The commands; each may be given again without effect."""
    return "".join(f"{line}\n" for line in _commands(model))


def _commands(model: Model) -> Iterator[str]:
    for zone in model.networks:
        yield f"link set dev {zone.interface} {f'mtu {zone.mtu} ' if zone.mtu else ''}up"
        # As managers set it; systemd-networkd 252 goes round in circles where it finds its address without a broadcast.
        yield f"address replace {zone.address}/{zone.subnet.prefixlen} broadcast + dev {zone.interface}"
        yield f"route flush exact default dev {zone.interface}"


def addresses(commands: str) -> list[str]:
    """What commands ensure: ``["192.168.0.1/24 dev eth1"]``."""
    return [f"{address} dev {interface}" for address, interface in ADDRESS.findall(commands)]


def interfaces(commands: str) -> set[str]:
    """The interfaces that commands are about; none of them is a way out."""
    return {interface for _, interface in ADDRESS.findall(commands)}


def withdrawal(old: str, new: str = "") -> str:
    """The commands that take away what ``old`` ensured and ``new`` does not."""
    kept = set(addresses(new))
    return "".join(f"address delete {each}\n" for each in addresses(old) if each not in kept)
