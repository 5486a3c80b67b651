"""Real network managers in test machines, and the files that the contextualization writes for them."""

from __future__ import annotations

import shutil
import time

from .namespaces import ENVIRONMENT, missing

PATIENCE = 20
#: A bus that allows all messages; managers are asked over it to read their files again.
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=/run/dbus/system_bus_socket</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
"""
#: If /sys is read-only, managers do not wait for udev, which belongs to the host.
START = """#!/bin/sh
mount -o remount,bind,ro /sys
setsid {command} > /run/manager.log 2>&1 < /dev/null &
echo $! > /run/manager.pid
"""
UNIT = """[Service]
Type=forking
PIDFile=/run/manager.pid
ExecStart=/etc/manager-start
"""


class Manager:
    """The network manager of a guest, with the name of its service.

    nics
        The data of the context: address and router by interface; ``way_out`` is the interface of the uplink.
    """

    service = "systemd-networkd"
    command = ("/lib/systemd/systemd-networkd",)
    tools = ("networkctl", "dbus-daemon")
    #: The file of the formula for it, and the commands with which it applies everything again.
    file = "etc/systemd/network/00-onegateway.network"
    again = ("networkctl reload", "networkctl reconfigure lan9 net7")

    def __init__(self, guest, nics, way_out):
        self.guest, self.nics, self.way_out = guest, nics, way_out
        etc, run = guest.folder / "etc", guest.folder / "run"
        for folder in (etc / "systemd/network", run / "dbus", run / "systemd"):
            folder.mkdir(parents=True, exist_ok=True)
        (etc / "bus.conf").write_text(BUS, encoding="utf-8")
        (etc / "manager-start").write_text(START.format(command=" ".join(self.command)), encoding="utf-8")
        (etc / "manager-start").chmod(0o755)
        (etc / f"systemd/system/{self.service}.service").write_text(UNIT, encoding="utf-8")
        self.tell("dbus-daemon --config-file=/etc/bus.conf --fork --nopidfile")

    @classmethod
    def lacking(cls):
        """The requirements that this machine lacks."""
        program = cls.command[0]
        return missing(cls.tools) or ("" if shutil.which(program, path=ENVIRONMENT["PATH"]) else f"no {program}")

    def contextualize(self):
        """Write its files, like the context packages at boot and after changes of NICs or the context."""
        for name, (address, router) in self.nics.items():
            text = f"[Match]\nName={name}\n[Network]\nAddress={address}/24\n[Route]\nGateway={router}\n"
            (self.guest.folder / f"etc/systemd/network/{name}.network").write_text(text, encoding="utf-8")

    def tell(self, *commands):
        """Run commands in the guest."""
        for command in commands:
            done = self.guest.run(*command.split())
            assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"

    def restart(self):
        """Restart it, like the context packages restart networkd after writing its files."""
        # The old configuration still exists when it starts, so that its end could not be detected.
        self.guest.machine.run("ip", "route", "flush", "exact", "default")
        assert self.guest.call("service.restart", self.service) is True
        self.settle()

    def settle(self):
        """Wait until it has configured the uplink; it configures the others at the same time."""
        done = self.until(lambda: self.way_out in self.ways_out())
        assert done, (self.guest.folder / "run/manager.log").read_text(encoding="utf-8")
        time.sleep(1)

    def ways_out(self):
        """The interfaces with a default route."""
        lines = self.guest.machine.run("ip", "route", "show", "exact", "default").stdout.splitlines()
        return sorted(line.split(" dev ")[1].split()[0] for line in lines)

    @staticmethod
    def until(condition):
        """Whether a condition is met in time."""
        end = time.monotonic() + PATIENCE
        while not (true := condition()) and time.monotonic() < end:
            time.sleep(0.1)
        return true


class Networkd(Manager):
    """systemd-networkd, which the context packages prefer on Debian 12."""


class Netplan(Manager):
    """netplan, which generates the files of networkd; the context packages prefer it if it is installed."""

    tools = (*Manager.tools, "netplan")

    def contextualize(self):
        ethernets = "".join(
            f"    {name}: {{addresses: [{address}/24], routes: [{{to: 0.0.0.0/0, via: {router}, metric: 0}}]}}\n"
            for name, (address, router) in self.nics.items()
        )
        path = self.guest.folder / "etc/netplan/50-one-context.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"network:\n  version: 2\n  renderer: networkd\n  ethernets:\n{ethernets}", encoding="utf-8")
        path.chmod(0o600)
        self.tell("netplan generate")


class NetworkManager(Manager):
    """NetworkManager, without the dispatcher that runs scripts for it."""

    service = "NetworkManager"
    command = ("/usr/sbin/NetworkManager", "--no-daemon")
    tools = ("nmcli", "dbus-daemon")
    file = "etc/NetworkManager/conf.d/90-onegateway.conf"
    again = ("nmcli connection reload", "nmcli connection up net7")

    def __init__(self, guest, nics, way_out):
        super().__init__(guest, nics, way_out)
        state = guest.folder / "state"
        state.mkdir()
        guest.instead["/var/lib/NetworkManager"] = state

    def contextualize(self):
        for name, (address, router) in self.nics.items():
            path = self.guest.folder / f"etc/NetworkManager/system-connections/{name}.nmconnection"
            path.write_text(
                f"[connection]\nid={name}\ntype=ethernet\ninterface-name={name}\n[ipv6]\nmethod=ignore\n"
                f"[ipv4]\nmethod=manual\naddress1={address}/24\ngateway={router}\nroute-metric=0\n",
                encoding="utf-8",
            )
            path.chmod(0o600)
