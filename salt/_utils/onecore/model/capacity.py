"""The capacity that hosts or clusters reserve, or overcommit."""

from __future__ import annotations

import re
from typing import Any

from ..basics.values import Type
from .fields import Attribute


class Reserve(Type):
    """A part of a capacity: a whole number or a percentage, negative for overcommitment."""

    wants = "a whole number, or a percentage such as -10%,"
    classes = (int, str)

    def wanted(self, name: str, value: Any) -> str:
        text = str(value).strip()
        if isinstance(value, bool) or not re.fullmatch(r"-?[0-9]{1,18}%?", text):
            raise self.refusal(name, value)
        return self.stored(text)

    def stored(self, text: str) -> str:
        number, percent = text.strip().rstrip("%"), text.strip().endswith("%")
        return f"{int(number)}{'%' if percent else ''}" if re.fullmatch(r"-?[0-9]+", number) else text


_RESERVE = Reserve()
RESERVED_CPU = Attribute(
    "reserved_cpu",
    _RESERVE,
    doc="CPU that is reserved, in hundredths of a core; a negative value is overcommitted.",
    example="-100%",
)
RESERVED_MEMORY = Attribute(
    "reserved_memory",
    _RESERVE,
    attribute="RESERVED_MEM",
    doc="The same for memory.",
    unit="KB",
    example="10%",
)
