"""MAC, IPv4 and IPv6 addresses, parsed, counted and written like in the daemon.

A MAC is a pair (upper 16 bits, lower 32 bits): counting wraps within the lower part. A prefix is the upper 64 bits of
an IPv6 address.
"""

import ipaddress
import random
import re

from onesim.oned_conf import MAC_PREFIX

_MAC = re.compile(r"(?:[0-9a-fA-F]{1,2}:){5}[0-9a-fA-F]{1,2}")
_IP4 = re.compile(r"(\d+)\.(\d+)\.(\d+)\.(\d+)", re.ASCII)
LOW = 0xFFFFFFFF
NO_MAC = (0, 0)
LINK_LOCAL = 0xFE80 << 48


def random_mac():
    return MAC_PREFIX, random.getrandbits(32)


def read_mac(text):
    """A MAC from text; None if it is invalid. Empty text is the zero MAC."""
    if not text:
        return NO_MAC
    if not _MAC.fullmatch(text):
        return None
    octets = [int(part, 16) for part in text.split(":")]
    mac = (octets[0] << 8 | octets[1], int.from_bytes(bytes(octets[2:]), "big"))
    return None if mac == (0xFFFF, LOW) else mac


def write_mac(mac):
    return ":".join(f"{octet:02x}" for octet in (mac[0] << 32 | mac[1]).to_bytes(6, "big"))


def next_mac(mac, steps):
    """The MAC that many steps later."""
    return mac[0], mac[1] + steps & LOW


def read_ip(text):
    """An IPv4 address from text as a number; None if it is invalid."""
    match = _IP4.fullmatch(text)
    if not match or any(int(part) > 255 for part in match.groups()):
        return None
    return int.from_bytes(bytes(map(int, match.groups())), "big")


def write_ip(number):
    return str(ipaddress.IPv4Address(number & LOW))


def read_ip6(text):
    """An IPv6 address from text as a number; None if it is invalid."""
    try:
        return int(ipaddress.IPv6Address(text)) if "%" not in text else None
    except ValueError:
        return None


def write_ip6(number):
    """An IPv6 address as libc writes it."""
    return _libc_text(ipaddress.IPv6Address(number))


def _libc_text(address):
    """The address in libc's shortest form, with dots for IPv4-compatible ones."""
    value = int(address)
    if value >> 32 == 0xFFFF or (value >> 32 == 0 and value > 0xFFFF):
        head = "::ffff:" if value >> 32 else "::"
        return head + write_ip(value)
    return address.compressed


def read_prefix(text):
    """The upper half of an IPv6 address as a number; None if it is invalid. Empty text is no prefix, 0."""
    if not text:
        return 0
    number = read_ip6(text)
    return None if number is None else number >> 64


def in_prefix(prefix, mac):
    """The address that a host with that MAC generates in a prefix (EUI-64)."""
    upper, lower = mac
    host = ((upper ^ 0x0200) << 48) | (lower & 0xFF000000) << 16 | 0xFF << 32 | 0xFE000000 | lower & 0xFFFFFF
    return write_ip6(prefix << 64 | host)
