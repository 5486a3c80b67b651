"""The types of address ranges, and the attributes of each."""

from __future__ import annotations

from collections.abc import Collection, Iterator

#: Where a range begins, and so which one it is. OpenNebula keeps these for ever.
START = {
    "IP4": ("IP",),
    "IP6": (),
    "IP6_STATIC": ("IP6",),
    "IP4_6": ("IP",),
    "IP4_6_STATIC": ("IP", "IP6"),
    "ETHER": (),
}
#: What OpenNebula makes the addresses of the others from.
_PREFIXES = ("GLOBAL_PREFIX", "ULA_PREFIX")
#: What says which addresses a range has, and which types have it; OpenNebula drops it from others (AddressRange.cc).
_HAVING = {
    "IP": {"IP4", "IP4_6", "IP4_6_STATIC"},
    "IP6": {"IP6_STATIC", "IP4_6_STATIC"},
    **{name: {"IP6", "IP4_6"} for name in _PREFIXES},
}
#: Types whose addresses several VMs may have at a time.
SHAREABLE = ("IP4", "IP6_STATIC")


def implied(declared: Collection[str]) -> str:
    """The type of a range that does not say it.

    declared
        The attributes that it has, in OpenNebula's words.
    """
    if "IP6" in declared:
        return "IP4_6_STATIC" if "IP" in declared else "IP6_STATIC"
    if any(each in declared for each in _PREFIXES):
        return "IP4_6" if "IP" in declared else "IP6"
    return "IP4"


def needed(kind: str) -> tuple[str, ...]:
    """What a range of a type cannot do without, in OpenNebula's words."""
    return ("SIZE", *START[kind], *(("PREFIX_LENGTH",) if "STATIC" in kind else ()))


def strange(kind: str, declared: Collection[str]) -> Iterator[str]:
    """What is declared and no range of a type has."""
    return (name for name, types in _HAVING.items() if name in declared and kind not in types)
