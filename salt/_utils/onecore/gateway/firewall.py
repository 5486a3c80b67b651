"""The rule set of a gateway, for nft: one table of our own, replaced as a whole.

Replacing it in one transaction leaves no moment without rules, touches no other table, and keeps the kernel's
connection tracking: established connections continue, whatever the new rules are.
"""

from __future__ import annotations

from collections.abc import Iterator

from .model import GATEWAY, Forward, Model, Verdict, Zone

TABLE = "inet onegateway"
#: The maximum length of a comment in the kernel, in bytes.
LONGEST_COMMENT = 127


def render(model: Model) -> str:
    """The rule set as a text for ``nft -f``."""
    chains = (
        ("spoofed", "type filter hook prerouting priority raw; policy accept;", _spoofed(model)),
        ("forwards", "type nat hook prerouting priority dstnat; policy accept;", _forwards(model)),
        ("hide", "type nat hook postrouting priority srcnat; policy accept;", _hide(model)),
        ("input", "type filter hook input priority filter; policy drop;", _input(model)),
        ("forward", "type filter hook forward priority filter; policy drop;", _forward(model)),
        ("output", "type filter hook output priority filter; policy accept;", _output(model)),
    )
    body = "\n".join(_chain(name, hook, rules) for name, hook, rules in chains)
    # Declared before it is deleted, since deleting a missing table would fail.
    return f"table {TABLE}\ndelete table {TABLE}\ntable {TABLE} {{\n{body}}}\n"


def _chain(name: str, hook: str, rules: Iterator[str]) -> str:
    return f"\tchain {name} {{\n\t\t{hook}\n" + "".join(f"\t\t{rule}\n" for rule in rules) + "\t}\n"


def _spoofed(model: Model) -> Iterator[str]:
    """Sources that cannot be behind the interface from which they come."""
    if model.uplink:
        yield f'iifname "{model.uplink.interface}" meta nfproto ipv4 fib saddr . iif oif missing counter drop'
    for zone in model.networks:
        if zone.name in model.dhcp:
            # A machine without an address can only request one.
            yield f'iifname "{zone.interface}" ip saddr 0.0.0.0 udp sport 68 udp dport 67 accept'
        yield f'iifname "{zone.interface}" ip saddr != {zone.subnet} counter drop'
        yield f'iifname "{zone.interface}" ip saddr {zone.address} counter drop'


def _forwards(model: Model) -> Iterator[str]:
    for each in model.forwards:
        assert model.uplink is not None, "what is forwarded comes from the uplink"
        yield f"{_arrives(model.uplink, each)} dnat ip to {each.address}:{each.to_port} {_comment(each.name)}"


def _arrives(uplink: Zone, each: Forward) -> str:
    sources = f" ip saddr {{ {', '.join(each.sources)} }}" if each.sources else ""
    # An address of this interface: one of another network would be local, too.
    return f'iifname "{uplink.interface}"{sources} fib daddr . iif type local {each.protocol} dport {each.port}'


def _hide(model: Model) -> Iterator[str]:
    if model.uplink and model.networks:
        subnets = ", ".join(str(zone.subnet) for zone in model.networks)
        yield f'oifname "{model.uplink.interface}" ip saddr {{ {subnets} }} masquerade'


def _input(model: Model) -> Iterator[str]:
    yield "ct state vmap { established : accept, related : accept, invalid : drop }"
    yield 'iifname "lo" accept'
    yield "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept"
    for zone in model.networks:
        arrives = f'iifname "{zone.interface}"'
        yield f"{arrives} icmp type echo-request accept"
        for protocol, port in _services(model, zone):
            yield f"{arrives} {protocol} dport {port} accept"
    for source in model.zones:
        yield from _rules(f'iifname "{source.interface}"', source.name, GATEWAY, model.verdict(source.name, GATEWAY))
    yield from _tell(model)


def _services(model: Model, zone: Zone) -> Iterator[tuple[str, int]]:
    if zone.name in model.dhcp:
        yield "udp", 67
    yield "udp", 53
    yield "tcp", 53
    if model.ntp:
        yield "udp", 123


def _forward(model: Model) -> Iterator[str]:
    yield "ct state vmap { established : accept, related : accept, invalid : drop }"
    if model.forwards:
        assert model.uplink is not None, "what is forwarded comes from the uplink"
        yield f'iifname "{model.uplink.interface}" ct status dnat accept'
    for source, target, verdict in model.passages():
        passes = f'iifname "{source.interface}" oifname "{target.interface}" meta nfproto ipv4'
        yield from _rules(passes, source.name, target.name, verdict)
    yield from _tell(model)


def _output(model: Model) -> Iterator[str]:
    """Only restrictions: by default the gateway may connect everywhere."""
    yield "ct state established,related accept"
    for zone in model.zones:
        verdict = model.verdict(GATEWAY, zone.name)
        if not verdict.everything:
            leaves = f'oifname "{zone.interface}"'
            yield f"{leaves} udp sport 67 udp dport 68 accept"
            yield from _rules(leaves, GATEWAY, zone.name, verdict)
            yield f"{leaves} counter reject with icmpx admin-prohibited"


def _rules(match: str, source: str, target: str, verdict: Verdict) -> Iterator[str]:
    comment = _comment(f"{source} to {target}")
    if verdict.everything:
        yield f"{match} accept {comment}"
        return
    for protocol in ("tcp", "udp"):
        ports = getattr(verdict, protocol)
        if ports:
            yield f"{match} {protocol} dport {{ {', '.join(ports)} }} accept {comment}"
    if verdict.ping:
        yield f"{match} icmp type echo-request accept {comment}"


def _comment(text: str) -> str:
    """The comment of a rule; names cannot contain quotes, but can be too long."""
    return f'comment "{text.encode()[:LONGEST_COMMENT].decode(errors="ignore")}"'


def _tell(model: Model) -> Iterator[str]:
    """Clients inside get a rejection; packets from outside are dropped."""
    if model.networks:
        interfaces = ", ".join(f'"{zone.interface}"' for zone in model.networks)
        yield f"iifname {{ {interfaces} }} counter reject with icmpx admin-prohibited"
