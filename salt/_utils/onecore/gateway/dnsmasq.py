"""The configuration of a gateway's DNS and DHCP server."""

from __future__ import annotations

from collections.abc import Iterator

from .model import Model, Network

LEASES, PID = "/var/lib/misc/onegateway.leases", "/run/onegateway.pid"


def render(model: Model) -> str:
    """The configuration as a text for ``dnsmasq --conf-file``."""
    return "".join(f"{line}\n" for line in (*_names(model), *_addresses(model)))


def _names(model: Model) -> Iterator[str]:
    # The system's own resolver and hosts are for the gateway, not for its users.
    yield from ("no-resolv", "no-hosts", "no-poll", "bind-dynamic", "except-interface=lo", f"pid-file={PID}")
    for zone in model.networks:
        yield f"interface={zone.interface}"
    yield f"domain={model.domain}"
    yield f"local=/{model.domain}/"
    yield from ("domain-needed", "bogus-priv")
    for server in model.servers:
        yield f"server={server}"
    for host in model.hosts:
        if host.names:
            yield f"host-record={','.join(f'{name},{name}.{model.domain}' for name in host.names)},{host.address}"


def _addresses(model: Model) -> Iterator[str]:
    if not model.dhcp:
        return
    yield from ("dhcp-authoritative", f"dhcp-leasefile={LEASES}")
    for zone in model.networks:
        if zone.name in model.dhcp:
            yield from _range(model, zone)
    for host in model.hosts:
        if any(host.address in zone.subnet and zone.name in model.dhcp for zone in model.networks):
            yield f"dhcp-host={','.join((*host.macs, str(host.address), *host.names[:1]))}"


def _range(model: Model, zone: Network) -> Iterator[str]:
    dhcp, tag = model.dhcp[zone.name], zone.interface
    mask = zone.subnet.netmask
    if dhcp.first is None:
        yield f"dhcp-range=set:{tag},{zone.subnet.network_address},static,{mask},{dhcp.lease_time}"
    else:
        yield f"dhcp-range=set:{tag},{dhcp.first},{dhcp.last},{mask},{dhcp.lease_time}"
    yield f"dhcp-option=tag:{tag},option:router,{zone.address}"
    yield f"dhcp-option=tag:{tag},option:dns-server,{zone.address}"
    if model.ntp:
        yield f"dhcp-option=tag:{tag},option:ntp-server,{zone.address}"
