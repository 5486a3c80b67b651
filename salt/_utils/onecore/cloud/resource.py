"""One object of a cloud, read lazily from its XML element.

Values other than text are checked here, and only here: an invalid value is an :class:`AnswerError` with the call, the
object and the place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from ..basics.addresses import hardware
from ..basics.errors import AnswerError, one_line
from ..basics.marks import FORMERLY, MARK, Mark, formerly
from ..basics.plan import NO_BLUEPRINT
from ..basics.syntax import from_element
from ..basics.values import LARGEST
from ..basics.xml import etree

_BITS = ("OWNER_U", "OWNER_M", "OWNER_A", "GROUP_U", "GROUP_M", "GROUP_A", "OTHER_U", "OTHER_M", "OTHER_A")
#: The largest ID and number, and the last second of the year 9999.
LARGEST_ID, LAST_SECOND = 2**31 - 1, 253402300799
_NUMBER, _BITS_SET = re.compile(r"-?[0-9]{1,20}"), re.compile(r"(0[xX])?[0-9a-fA-F]{1,16}")
#: How much of an invalid value a message quotes.
_LONGEST_QUOTED = 40


def malformed(what: str, where: str, found: str | None, wanted: str = "a whole number") -> AnswerError:
    """The error for an invalid value in an answer.

    what
        The call and the object: ``OpenNebula answered one.vnpool.info with VNET 7 (dmz1)``.
    where
        The path in it.
    found
        The value; ``None`` if there is none.
    """
    if found is None:
        return AnswerError(f"{what}, which has no {where}.")
    seen = repr(found if len(found) <= _LONGEST_QUOTED else f"{found[:_LONGEST_QUOTED]}…")
    return AnswerError(f"{what}, whose {where} is {seen} and not {wanted}.")


def _whole(source: Resource | Vector, where: str, text: str, low: int = -LARGEST, high: int = LARGEST) -> int:
    """The whole number of a text; raises AnswerError for an invalid one."""
    text = text.strip()
    if _NUMBER.fullmatch(text) and low <= (number := int(text)) <= high:
        return number
    raise malformed(source.what, source.path(where), text)


class Vector(dict[str, str]):
    """A vector of an object: a NIC, a disk, an address range. Its values are texts.

    what, place
        The call, the object and the place in it, for errors.
    """

    __slots__ = ("place", "what")

    def __init__(self, values: Mapping[str, str] | Iterable[tuple[str, str]] = (), what: str = "", place: str = ""):
        super().__init__(values)
        self.what, self.place = what, place

    def __missing__(self, key: str) -> str:
        raise malformed(self.what, self.path(key), None)

    def path(self, key: str) -> str:
        """The path of an attribute in its object."""
        return f"{self.place}/{key}"

    def number(self, key: str, default: int | None = None) -> int:
        """The whole number of an attribute; ``default`` if it is empty or missing."""
        text = self.get(key, "")
        if not text and default is not None:
            return default
        return _whole(self, key, text or self[key])

    def numbers(self, key: str) -> list[int]:
        """The whole numbers of an attribute with a list."""
        return [_whole(self, key, word) for word in self.get(key, "").split()]

    def address(self, key: str) -> IPv4Address | IPv6Address | None:
        """The IP address of an attribute; ``None`` if it is empty or missing."""
        text = self.get(key, "")
        try:
            return ip_address(text) if text else None
        except ValueError:
            raise malformed(self.what, self.path(key), text, "an IP address") from None

    def hardware(self, key: str) -> int | None:
        """The hardware address of an attribute as a number; ``None`` if it is empty or missing."""
        text = self.get(key, "")
        found = hardware(text)
        if text and found is None:
            raise malformed(self.what, self.path(key), text, "a hardware address")
        return found

    def having(self, **more: str) -> Vector:
        """The vector with these attributes."""
        return Vector({**self, **more}, self.what, self.place)


class Resource:
    """A view of an object's XML element.

    element
        An lxml element, for example ``<VNET>…</VNET>``.
    template
        The child element with the attributes that a user may set.
    kind
        The CLI name of its kind, which its mark must contain.
    method
        The API method that returned it.
    per_owner
        Whether its owner is a part of its key, so that it is another object after a manual chown.
    """

    __slots__ = (
        "_attributes",
        "_kind",
        "_mark",
        "_method",
        "_per_owner",
        "_template",
        "element",
        "id",
        "name",
        "owner",
    )

    def __init__(
        self, element: Any, template: str = "TEMPLATE", kind: str = "", method: str = "", per_owner: bool = True
    ):
        self.element = element
        self._template, self._kind, self._method, self._per_owner = template, kind, method, per_owner
        self._attributes: dict[str, Any] | None = None
        #: The mark, cached since it is used often.
        self._mark: tuple[Mark | None, ...] = ()
        # An ACL rule has no name except its text.
        self.name = element.findtext("NAME") or element.findtext("STRING") or ""
        self.owner = element.findtext("UNAME")
        self.id = -1
        self.id = _whole(self, "ID", self.text("ID"), 0, LARGEST_ID)

    @property
    def what(self) -> str:
        """The call and the object, for errors."""
        said = f"answered {self._method} with" if self._method else "describes"
        number = f" {self.id}" if self.id >= 0 else ""
        return f"OpenNebula {said} {self.element.tag}{number} ({' '.join(self.name[:_LONGEST_QUOTED].split())})"

    def path(self, path: str) -> str:
        """The path of a value."""
        return path

    def text(self, path: str) -> str:
        """The text at ``path``; empty if it is missing."""
        return self.element.findtext(path) or ""

    def number(self, path: str) -> int:
        """The number at ``path``; 0 if it is missing."""
        return _whole(self, path, self.text(path) or "0")

    def bits(self, path: str) -> int:
        """The hexadecimal number at ``path``; 0 if it is missing."""
        text = self.text(path).strip() or "0"
        if not _BITS_SET.fullmatch(text):
            raise malformed(self.what, path, text, "a number in hexadecimal digits")
        return int(text, 16)

    def moment(self, path: str) -> int:
        """The time at ``path`` in seconds since 1970; 0 if it is missing."""
        return _whole(self, path, self.text(path) or "0", 0, LAST_SECOND)

    def numbers(self, path: str) -> list[int]:
        """The whole numbers at ``path``, for example each ``CLUSTERS/CLUSTER/CLUSTER_ID``."""
        return [_whole(self, path, element.text or "", 0) for element in self.element.iterfind(path)]

    def ids(self, path: str) -> list[int]:
        """The IDs in the ``<ID>`` elements under ``path``."""
        return self.numbers(f"{path}/ID")

    def vectors(self, path: str) -> Iterator[Vector]:
        """Each element at ``path`` as a mapping, for example every address range."""
        what = self.what
        for element in self.element.iterfind(path):
            yield _vector(element, what, path)

    def nested(self, outer: str, inner: str) -> Iterator[tuple[Vector, Vector]]:
        """Each element at the path ``inner`` of one at ``outer``, both as mappings, for example a snapshot and its
        disk.
        """
        what = self.what
        for element in self.element.iterfind(outer):
            around = _vector(element, what, outer)
            for each in element.iterfind(inner):
                yield around, _vector(each, what, f"{outer}/{inner}")

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

    def attribute(self, name: str) -> str:
        """A user's attribute with a single value; empty for any other."""
        return self.text(f"{self._template}/{name}")

    @property
    def mark_path(self) -> str:
        """The path of its mark."""
        return f"{self._template}/{MARK}"

    @property
    def mark(self) -> Mark | None:
        """Its mark; ``None`` without a mark, or if the mark names another object."""
        if not self._mark:
            self._mark = (self._read_mark(),)
        return self._mark[0]

    def _read_mark(self) -> Mark | None:
        mark = Mark.read(self.text(self.mark_path))
        if mark is None or mark.kind != self._kind:
            return None
        if mark.names(self._kind, self.name):
            return mark
        about_to_be = self.text(f"{self._template}/{FORMERLY}") == formerly(self.id, self.name)
        return mark if about_to_be else None

    @property
    def managed(self) -> str:
        """``<source>/<owner>``: what created it or took it over, and for whom; empty for another user's object."""
        mark = self.mark
        return mark.managed if mark is not None and self.is_marked else ""

    @property
    def is_marked(self) -> bool:
        """Whether these states created it or took it over, for its owner; a copy that another user has also contains
        the mark.
        """
        mark = self.mark
        return mark is not None and (not self._per_owner or self.owner in (None, mark.owner))

    @property
    def ours(self) -> bool:
        """Whether these states created it for its owner."""
        mark = self.mark
        return mark is not None and not mark.adopted and self.is_marked

    @property
    def foreign_mark(self) -> Mark | None:
        """The mark of another object: the object is a copy, or was renamed or given away."""
        return None if self.is_marked else Mark.read(self.text(self.mark_path))

    @property
    def not_ours(self) -> str:
        """The statement that these states did not create it for its owner, with the reason; the end of a sentence."""
        why = "it was taken over" if self.is_marked else f"it carries no {MARK} for its owner"
        return f"was not created by these states: {why}"

    def made_for(self, user: str, by: str | None = None) -> bool:
        """Whether a blueprint created it for this user.

        by
            The account, if objects that wait for handover to the user count.
        """
        mark = self.mark
        made = mark is not None and not mark.adopted and mark.owner == user and mark.source not in NO_BLUEPRINT
        return made and self.owner in (None, user, by or user)

    def copied(self) -> Resource:
        """A copy that can be changed without changing this object."""
        return Resource(deepcopy(self.element), self._template, self._kind, self._method, self._per_owner)

    def put(self, tag: str, text: str) -> None:
        """Set a text of this view."""
        found = self.element.find(tag)
        (etree.SubElement(self.element, tag) if found is None else found).text = text

    def put_id(self, path: str, number: int) -> None:
        """Add an ID to those in the ``<ID>`` elements under ``path`` of this view, unless it is there."""
        if number not in self.ids(path):
            found = self.element.find(path)
            outer = etree.SubElement(self.element, path) if found is None else found
            etree.SubElement(outer, "ID").text = str(number)

    def take_id(self, path: str, number: int) -> None:
        """Remove an ID from them."""
        for each in self.element.findall(f"{path}/ID"):
            if each.text == str(number):
                each.getparent().remove(each)

    def rename(self, name: str) -> None:
        """Rename this view like OpenNebula would rename the object: its mark gets the new name as well."""
        mark, self.name = self.mark, name
        self._mark = ()
        if mark is not None:
            self.element.find(self.mark_path).text = str(replace(mark, name=name))
            self._attributes = None

    @property
    def error(self) -> str:
        """The daemon's message about the object's last failure."""
        return one_line(self.attribute("ERROR"))

    @property
    def scheduling(self) -> str:
        """The scheduler's message about an object without a host."""
        return one_line(self.attribute("SCHED_MESSAGE"))

    @property
    def permissions(self) -> str:
        """Permissions as three octal digits."""
        found = {each.tag: each.text for each in self.element.iterfind("PERMISSIONS/*")}
        bits = [found.get(bit) == "1" for bit in _BITS]
        return "".join(str(4 * use + 2 * manage + admin) for use, manage, admin in zip(*[iter(bits)] * 3, strict=True))


def _vector(element: Any, what: str, place: str) -> Vector:
    # An element with children is not a value, for example the leases of a range.
    return Vector(((child.tag, child.text or "") for child in element if not len(child)), what, place)


def permission_bits(octal: str) -> list[int]:
    """``"640"`` as the nine flags of the chmod calls."""
    return [int(bool(int(digit) & bit)) for digit in octal for bit in (4, 2, 1)]
