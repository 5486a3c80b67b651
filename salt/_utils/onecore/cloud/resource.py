"""One object of a cloud as the daemon describes it, read lazily from its XML element."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..basics.marks import MARK, Mark
from ..basics.plan import NO_BLUEPRINT
from ..basics.syntax import from_element

_BITS = ("OWNER_U", "OWNER_M", "OWNER_A", "GROUP_U", "GROUP_M", "GROUP_A", "OTHER_U", "OTHER_M", "OTHER_A")


class Resource:
    """A view on an object's XML element.

    element
        An lxml element, for example ``<VNET>…</VNET>``.
    template
        Name of the child that holds the attributes a user may set.
    kind
        CLI name of its kind, which its mark must name.
    """

    __slots__ = ("_attributes", "_kind", "_template", "element", "id", "name", "owner")

    def __init__(self, element: Any, template: str = "TEMPLATE", kind: str = ""):
        self.element = element
        self._template = template
        self._kind = kind
        self._attributes: dict[str, Any] | None = None
        self.id = int(element.findtext("ID"))
        self.name = element.findtext("NAME") or ""
        self.owner = element.findtext("UNAME")

    def text(self, path: str) -> str:
        """The text at ``path``; empty when there is none."""
        return self.element.findtext(path) or ""

    def number(self, path: str) -> int:
        """The whole number at ``path``; 0 when there is none."""
        return int(self.text(path) or 0)

    def numbers(self, path: str) -> list[int]:
        """The whole numbers at ``path``, for example each ``CLUSTERS/CLUSTER/CLUSTER_ID``."""
        return [int(element.text) for element in self.element.iterfind(path)]

    def ids(self, path: str) -> list[int]:
        """The numbers of the ``<ID>`` elements under ``path``."""
        return self.numbers(f"{path}/ID")

    def vectors(self, path: str) -> Iterator[dict[str, Any]]:
        """Each element at ``path`` as a mapping, for example every address range."""
        for element in self.element.iterfind(path):
            yield from_element(element)

    @property
    def uid(self) -> int:
        return self.number("UID")

    @property
    def gid(self) -> int:
        return self.number("GID")

    @property
    def group(self) -> str:
        return self.text("GNAME")

    @property
    def state(self) -> int:
        return self.number("STATE")

    @property
    def attributes(self) -> dict[str, Any]:
        """The user's attributes: text, mapping (vector) or list (repeated)."""
        if self._attributes is None:
            element = self.element.find(self._template)
            self._attributes = {} if element is None else from_element(element)
        return self._attributes

    @property
    def mark_path(self) -> str:
        """Where its mark stands."""
        return f"{self._template}/{MARK}"

    @property
    def mark(self) -> Mark | None:
        """What it says of who made it or took it over; ``None`` where it says nothing, or speaks of another object."""
        mark = Mark.read(self.text(self.mark_path))
        return mark if mark is not None and mark.names(self._kind, self.name) else None

    @property
    def managed(self) -> str:
        """``<source>/<owner>``, what made it or took it over and for whom; empty for what is somebody else's."""
        mark = self.mark
        return "" if mark is None else mark.managed

    @property
    def ours(self) -> bool:
        """Whether these states created it for its owner."""
        mark = self.mark
        return mark is not None and not mark.adopted and self.owner in (None, mark.owner)

    def made_for(self, user: str) -> bool:
        """Whether a blueprint made it for this user."""
        mark = self.mark
        return mark is not None and not mark.adopted and mark.owner == user and mark.source not in NO_BLUEPRINT

    @property
    def error(self) -> str:
        """What the daemon says of the object's last failure."""
        return self.text(f"{self._template}/ERROR")

    @property
    def scheduling(self) -> str:
        """What the scheduler says of an object that it cannot place."""
        return self.text(f"{self._template}/SCHED_MESSAGE")

    @property
    def permissions(self) -> str:
        """Permissions as three octal digits."""
        bits = [self.text(f"PERMISSIONS/{bit}") == "1" for bit in _BITS]
        return "".join(str(4 * use + 2 * manage + admin) for use, manage, admin in zip(*[iter(bits)] * 3, strict=True))


def permission_bits(octal: str) -> list[int]:
    """``"640"`` as the nine flags that the chmod calls take."""
    return [int(bool(int(digit) & bit)) for digit in octal for bit in (4, 2, 1)]
