"""Configuration that keeps network managers away from the user's networks.

A manager would apply the configuration of the contextualization: a default route to the network's router, which is the
gateway itself, whenever it starts, reloads or detects a cable. A removed route comes back, so the manager must ignore
these interfaces. These files use the manager's own format and take precedence over those of others, such as netplan.
ifupdown has no such configuration, but a hook.
"""

from __future__ import annotations

import re

from .model import Model

#: The folder of the gateway's own configuration.
FOLDER = "/etc/onegateway"
#: How each file identifies an interface.
NETWORKD_NAME = re.compile(r"^Name=(.*)$", re.MULTILINE)
NETWORK_MANAGER_NAME = re.compile(r"interface-name:([^;\n]+)")


def networkd(model: Model) -> str:
    """The interfaces for systemd-networkd: of all files that match an interface, the first by name applies."""
    names = "".join(f"Name={zone.interface}\n" for zone in model.networks)
    return f"[Match]\n{names}\n[Link]\nUnmanaged=yes\n" if names else ""


def wait_online(model: Model) -> str:
    """Settings of the service that waits until systemd-networkd has configured an interface; empty if it may wait.

    Without an interface that networkd manages, it would wait until its timeout of two minutes, and fail.
    """
    return "" if model.others or not model.networks else f"[Unit]\nConditionPathExists=!{FOLDER}\n"


def network_manager(model: Model) -> str:
    """The interfaces for NetworkManager, in addition to those in other files."""
    names = ";".join(f"interface-name:{zone.interface}" for zone in model.networks)
    return f"[keyfile]\nunmanaged-devices+={names}\n" if names else ""
