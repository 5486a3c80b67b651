"""Types of the values of networks: addresses, networks, ports."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Any

from .errors import ArgumentError
from .values import Type

_HARDWARE = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}", re.ASCII | re.IGNORECASE)


# Cached, since all users have the same addresses, and each is compared several times.
@lru_cache(maxsize=4096)
def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address(text)


class Address(Type):
    """An IP address, compared as an address and not as text.

    version
        4 or 6; ``None`` for both.
    """

    def __init__(self, version: int | None = None):
        self.version = version
        self.wants = f"an {'IP' if version is None else f'IPv{version}'} address"

    def wanted(self, name: str, value: Any) -> str:
        try:
            found = _address(str(value).strip())
        except ValueError:
            raise self.refusal(name, value) from None
        # The part after a % is the zone, which names an interface of one machine.
        if self.version not in (None, found.version) or getattr(found, "scope_id", None) is not None:
            raise self.refusal(name, value)
        return str(found)

    def stored(self, text: str) -> str:
        try:
            return str(_address((text or "").strip()))
        except ValueError:
            return text


def hardware(text: str) -> int | None:
    """A hardware address as a number; ``None`` for any other text."""
    return int(text.replace(":", ""), 16) if _HARDWARE.fullmatch(text) else None


def number(text: str) -> int | None:
    """An IP or hardware address as a number; ``None`` for a text that is neither."""
    found = hardware(text)
    try:
        return int(_address(text)) if found is None else found
    except ValueError:
        return None


class Mac(Type):
    """A hardware address."""

    wants = "a MAC address such as 02:00:c0:a8:00:0a"

    def wanted(self, name: str, value: Any) -> str:
        text = str(value).strip().lower()
        if not _HARDWARE.fullmatch(text):
            raise self.refusal(name, value)
        return text

    def stored(self, text: str) -> str:
        return (text or "").strip().lower()


class Cidr(Type):
    """All addresses of a subnet, such as ``10.0.0.0/24``."""

    wants = "a network such as 10.0.0.0/24, its first address before the slash,"

    def wanted(self, name: str, value: Any) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
        try:
            return ipaddress.ip_network(str(value).strip())
        except ValueError:
            raise self.refusal(name, value) from None


class Ports(Type):
    """Ports and ranges of ports, in ascending order and joined where they adjoin: ``80,443,8000:8010``.

    most
        The maximum number; a range counts as two.
    """

    wants = "a port, a range such as 8000-8010, or a list of these,"
    classes = (int, str, list)

    def __init__(self, most: int):
        self.most = most

    def wanted(self, name: str, value: Any) -> str:
        spans: list[tuple[int, int]] = []
        for part in value if isinstance(value, (list, tuple)) else str(value).split(","):
            # YAML reads 22:30 as the number 1350, but 22-30 as a text.
            match = re.fullmatch(r"\s*(\d+)\s*(?:[-:]\s*(\d+)\s*)?", str(part), re.ASCII)
            first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
            if not first <= last <= 65535:
                raise self.refusal(name, part)
            spans.append((first, last))
        text = self._joined(spans)
        if not 0 < len(re.findall(r"\d+", text)) <= self.most:
            raise ArgumentError(f"{name}: must have 1 to {self.most} ports, where a range counts as two.")
        return text

    def stored(self, text: str) -> str:
        try:
            return self.wanted("", text)
        except ArgumentError:
            return text

    def said(self, value: str) -> list[int | str]:
        return [part.replace(":", "-") if ":" in part else int(part) for part in value.split(",")]

    @staticmethod
    def _joined(spans: list[tuple[int, int]]) -> str:
        joined: list[tuple[int, int]] = []
        for first, last in sorted(spans):
            if joined and first <= joined[-1][1] + 1:
                before = joined.pop()
                first, last = before[0], max(last, before[1])
            joined.append((first, last))
        return ",".join(str(first) if first == last else f"{first}:{last}" for first, last in joined)


ADDRESS, CIDR, MAC, IPV4, IPV6 = Address(), Cidr(), Mac(), Address(4), Address(6)
