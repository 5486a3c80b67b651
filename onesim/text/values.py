"""The daemon's conversion of numbers and yes/no from and to text."""

import re
import struct

_INTEGER = re.compile(r"\s*([+-]?\d+)\Z", re.ASCII)
_LEADING = re.compile(r"\s*([+-]?\d+)", re.ASCII)
_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\Z", re.ASCII)


def integer(text, bits=32):
    """The whole of `text` as a signed integer of that many bits, or None."""
    match = _INTEGER.match(text or "")
    if not match:
        return None
    value = int(match.group(1))
    limit = 1 << (bits - 1)
    return value if -limit <= value < limit else None


def unsigned(text, bits=32):
    """The whole of `text` as an unsigned integer, or None."""
    match = _INTEGER.match(text or "")
    if not match or text.lstrip().startswith("-"):
        return None
    value = int(match.group(1))
    return value if value < 1 << bits else None


def number(text):
    """The whole of `text` as a single-precision number, or None."""
    match = _NUMBER.match(text or "")
    return single(float(match.group(1))) if match else None


def single(value):
    """A number as a C float stores it."""
    try:
        return struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def decimal(value):
    """A number as quotas print it: whole, or with two digits."""
    return f"{value:.0f}" if value == int(value) else f"{value:.2f}"


def yes(text):
    """Whether `text` is YES in any case."""
    return (text or "").upper() == "YES"


def yes_no(flag):
    return "YES" if flag else "NO"


def id_list(text):
    """The integers of a comma-separated list, as a set; an item that does not start with one is skipped."""
    matches = (_LEADING.match(item) for item in (text or "").split(","))
    return {int(match.group(1)) for match in matches if match}


def join(ids):
    """A set of IDs as sorted, comma-separated text."""
    return ",".join(str(i) for i in sorted(ids))
