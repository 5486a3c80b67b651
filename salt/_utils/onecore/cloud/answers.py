"""Splits answers of the daemon into objects, and raises AnswerError for an invalid answer."""

from __future__ import annotations

from typing import Any

from ..basics.errors import AnswerError
from ..basics.xml import etree
from .collection import NUMBER, Collection
from .resource import Resource, malformed

#: Without ``huge_tree``: an answer with 256 nested elements is invalid, and deeper recursion would fail.
_PARSER_OPTIONS: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "remove_comments": True,
    "remove_pis": True,
}


def parsed(body: Any, method: str) -> Any:
    """The XML of an answer; raises AnswerError for invalid XML."""
    try:
        root = etree.fromstring(body.encode("utf-8"), etree.XMLParser(**_PARSER_OPTIONS))
    except (etree.XMLSyntaxError, AttributeError, ValueError):
        root = None
    if root is None or root.getroottree().docinfo.internalDTD is not None:
        raise AnswerError(f"OpenNebula answered {method} with something that is not its XML.")
    return root


def one_object(body: Any, kind: Collection, method: str) -> Resource:
    """The object in an answer."""
    return _resource(parsed(body, method), kind, method)


def only_object(body: Any, kind: Collection, method: str) -> Resource:
    """The object of a type of which there is only one, to which OpenNebula gives no ID."""
    root = parsed(body, method)
    _expect(root, kind.element, method)
    etree.SubElement(root, "ID").text = "0"
    return Resource(root, kind.template, kind.cli, method)


def every_object(body: Any, kind: Collection, method: str) -> list[Resource]:
    """The objects in the answer of a pool call."""
    root = parsed(body, method)
    _expect(root, f"{kind.element}_POOL", method)
    elements = {element.findtext("ID"): element for element in root.iterfind(kind.element)}
    for companion in root:
        if companion.tag == kind.element:
            continue
        # Some pools return data of an object in a sibling element (USER and its QUOTAS); an info call returns it
        # inside.
        if companion.find("NAME") is not None:
            raise AnswerError(f"OpenNebula answered {method} with a {companion.tag} among its objects.")
        if companion.findtext("ID") in elements:
            elements[companion.findtext("ID")].extend([child for child in companion if child.tag != "ID"])
    return [_resource(element, kind, method) for element in elements.values()]


def _expect(root: Any, tag: str, method: str) -> None:
    """Raise AnswerError for an answer with another root: as a pool, it would be empty."""
    if root.tag != tag:
        raise AnswerError(f"OpenNebula answered {method} with {str(root.tag)[:40]} where {tag} was expected.")


def _resource(element: Any, kind: Collection, method: str) -> Resource:
    """An object, after checking that it has the data by which it is found, and its state."""
    _expect(element, kind.element, method)
    resource = Resource(element, kind.template, kind.cli, method, kind.per_owner)
    # Without these it would be taken for another object, or for none, and created again.
    if kind.key != NUMBER and not resource.name:
        raise malformed(resource.what, "NAME", None)
    if kind.per_owner and not resource.owner:
        raise malformed(resource.what, "UNAME", None)
    if kind.settled is not None:
        kind.state(resource)
    return resource
