"""The types of address ranges, and the attributes of each."""

from __future__ import annotations

from collections.abc import Collection, Iterator

#: The start of a range, which identifies it. OpenNebula never changes these attributes.
START = {
    "IP4": ("IP",),
    "IP6": (),
    "IP6_STATIC": ("IP6",),
    "IP4_6": ("IP",),
    "IP4_6_STATIC": ("IP", "IP6"),
    "ETHER": (),
}
#: The attributes from which OpenNebula generates the other addresses.
_PREFIXES = ("GLOBAL_PREFIX", "ULA_PREFIX")
#: Attributes that determine the addresses of a range, and the types that have them; OpenNebula drops them from other
#: types (AddressRange.cc).
_HAVING = {
    "IP": {"IP4", "IP4_6", "IP4_6_STATIC"},
    "IP6": {"IP6_STATIC", "IP4_6_STATIC"},
    **{name: {"IP6", "IP4_6"} for name in _PREFIXES},
}
#: Types with addresses that several VMs can have at the same time.
SHAREABLE = ("IP4", "IP6_STATIC")


def implied(declared: Collection[str]) -> str:
    """The type of a range that does not declare one.

    declared
        Its attributes, in OpenNebula's terms.
    """
    if "IP6" in declared:
        return "IP4_6_STATIC" if "IP" in declared else "IP6_STATIC"
    if any(each in declared for each in _PREFIXES):
        return "IP4_6" if "IP" in declared else "IP6"
    return "IP4"


def needed(kind: str) -> tuple[str, ...]:
    """The attributes that a range of this type requires, in OpenNebula's terms."""
    return ("SIZE", *START[kind], *(("PREFIX_LENGTH",) if "STATIC" in kind else ()))


def strange(kind: str, declared: Collection[str]) -> Iterator[str]:
    """The declared attributes that no range of this type has."""
    return (name for name, types in _HAVING.items() if name in declared and kind not in types)
