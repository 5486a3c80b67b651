"""Configuration that keeps network managers away from the user's networks.

A manager would set there what the contextualization has written: a default route to the network's router, which is the
gateway itself, again whenever it starts, reloads or sees the cable plugged. A route that is taken away afterwards comes
back, so that the manager must not begin. These files are in its own words, read before or over everything that is
written by others, netplan among them. ifupdown has no such words, but a hook.
"""

from __future__ import annotations

import re

from .model import Model

#: How each file names an interface.
NETWORKD_NAME = re.compile(r"^Name=(.*)$", re.MULTILINE)
NETWORK_MANAGER_NAME = re.compile(r"interface-name:([^;\n]+)")


def networkd(model: Model) -> str:
    """The interfaces for systemd-networkd: of all files that match one, it takes the first by name."""
    names = "".join(f"Name={zone.interface}\n" for zone in model.networks)
    return f"[Match]\n{names}\n[Link]\nUnmanaged=yes\n" if names else ""


def network_manager(model: Model) -> str:
    """The interfaces for NetworkManager, besides those that other files name."""
    names = ";".join(f"interface-name:{zone.interface}" for zone in model.networks)
    return f"[keyfile]\nunmanaged-devices+={names}\n" if names else ""
