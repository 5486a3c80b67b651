"""A template: the attributes of an object, several of one name allowed, single (text) or vector (named texts)."""

import re
from bisect import insort

from lxml import etree

from onesim.text import syntax
from onesim.text.values import integer, number, yes

_XML_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, strip_cdata=False, huge_tree=False)
MALFORMED = "Parse error: XML Template malformed."
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_MARKUP = re.compile("[<&]")
_TAG = re.compile(r"[^\W\d][\w.\-]*\Z")
_SPACE = " \t\n\v\f\r"


def cdata(value):
    """A value as the daemon writes it into XML."""
    return f"<![CDATA[{value}]]>"


def is_plain(text):
    """Whether a text is valid in XML unchanged."""
    return not _MARKUP.search(text) and not _UNPRINTABLE.search(text)


def attribute_name(name):
    """The name of an attribute: upper case, and valid as an XML element."""
    first = name[:1]
    fixed = "ONE_" if not (first.isascii() and (first.isalpha() or first == "_")) or name.startswith("XML") else ""
    return fixed + name.upper()


class Template:
    """Attributes by name. A value is a str (single attribute) or a dict of str (vector attribute)."""

    __slots__ = ("_attributes", "_names")

    def __init__(self, attributes=()):
        self._attributes = {}
        self._names = []
        for name, value in attributes:
            self.add(name, value)

    @classmethod
    def parse(cls, text):
        """The template of a text, in OpenNebula's syntax or in XML; raises syntax.ParseError."""
        parsed = _from_xml(text) if text.startswith("<") else syntax.parse(text)
        return cls((attribute_name(name), _trimmed(value)) for name, value in parsed)

    @classmethod
    def of(cls, **attributes):
        return cls(attributes.items())

    def copy(self):
        twin = type(self)()
        twin._names = list(self._names)
        twin._attributes = {
            name: [dict(value) if isinstance(value, dict) else value for value in values]
            for name, values in self._attributes.items()
        }
        return twin

    def __contains__(self, name):
        return name in self._attributes

    def __iter__(self):
        """All (name, value), sorted by name; those of one name in the order of insertion."""
        for name in self._names:
            for value in self._attributes[name]:
                yield name, value

    def __bool__(self):
        return bool(self._attributes)

    def get(self, name, default=""):
        """The first single attribute of that name."""
        for value in self._attributes.get(name, ()):
            if isinstance(value, str):
                return value
        return default

    def integer(self, name, bits=32):
        """The first single attribute of that name as an integer; None if it is not one."""
        return integer(self.get(name), bits)

    def number(self, name):
        """The first single attribute of that name as a number; None if it is not one."""
        return number(self.get(name))

    def yes(self, name):
        """Whether the first single attribute of that name is YES."""
        return yes(self.get(name))

    def vector(self, name):
        """The first vector attribute of that name, for reading or changing in place; None without one."""
        return next(iter(self.vectors(name)), None)

    def vectors(self, name):
        """The vector attributes of that name, for reading or changing in place."""
        return [value for value in self._attributes.get(name, ()) if isinstance(value, dict)]

    def singles(self, name):
        """The single attributes of that name."""
        return [value for value in self._attributes.get(name, ()) if isinstance(value, str)]

    def add(self, name, value):
        """Adds an attribute, after those of its name."""
        values = self._attributes.get(name)
        if values is None:
            insort(self._names, name)
            self._attributes[name] = [value]
        else:
            values.append(value)

    def set(self, name, value):
        """Replaces all attributes of that name."""
        self.erase(name)
        self.add(name, value)

    def erase(self, name):
        """Removes all attributes of that name; returns the text of the first single one ("" without)."""
        text = self.get(name)
        if self._attributes.pop(name, None) is not None:
            self._names.remove(name)
        return text

    def remove(self, name, vector):
        """Removes this vector attribute."""
        left = [value for value in self._attributes.get(name, ()) if value is not vector]
        self.erase(name)
        for value in left:
            self.add(name, value)

    def merge(self, other):
        """Replaces all attributes with names of `other`; an empty vector only removes."""
        for name in other._names:
            self.erase(name)
        for name, value in other:
            if value != {}:
                self.add(name, dict(value) if isinstance(value, dict) else value)

    def xml(self, root="TEMPLATE", extra=""):
        return f"<{root}>{''.join(self._elements())}{extra}</{root}>"

    def _elements(self):
        for name, value in self:
            yield f"<{name}>{cdata(value)}</{name}>" if isinstance(value, str) else vector_xml(name, value)

    @property
    def is_hollow(self):
        """Whether there are empty vector attributes, which are lost when an object is read back from its XML."""
        return any(value == {} for values in self._attributes.values() for value in values)

    def fill(self):
        """Removes the empty vector attributes."""
        for name, values in list(self._attributes.items()):
            self._attributes[name] = [value for value in values if value != {}]
            if not self._attributes[name]:
                self.erase(name)

    def representable(self):
        """Whether the XML of this template is well-formed: values may contain characters that are invalid in XML."""
        for name, value in self:
            items = value.items() if isinstance(value, dict) else ((name, value),)
            for key, text in (*items, (name, "")):
                if not _TAG.match(key) or "]]>" in text or _UNPRINTABLE.search(text):
                    return False
        return True

    def __getstate__(self):
        return list(self)

    def __setstate__(self, state):
        self.__init__(state)


class UniqueTemplate(Template):
    """A template with one attribute of each name: the last one that was added."""

    __slots__ = ()

    def add(self, name, value):
        self.erase(name)
        super().add(name, value)


def vector_xml(name, vector):
    """A vector attribute as an XML element, its items in order of name."""
    items = "".join(f"<{key}>{cdata(vector[key])}</{key}>" for key in sorted(vector) if key)
    return f"<{name}>{items}</{name}>"


def vector_text(vector, separator=","):
    """A vector attribute as text, as in messages."""
    return separator.join(f"{key}={vector[key]}" for key in sorted(vector))


def _trimmed(value):
    if isinstance(value, dict):
        return {name: _trimmed(text) for name, text in value.items()}
    value = value.strip(_SPACE)
    return value.replace("\r\n", "\n").replace("\r", "\n") if "\r" in value else value  # stored as XML, and read back


def _from_xml(text):
    try:
        root = etree.fromstring(text.encode(), _XML_PARSER)
    except (etree.XMLSyntaxError, UnicodeEncodeError) as error:
        raise syntax.ParseError(MALFORMED) from error
    if root.getroottree().docinfo.doctype:
        raise syntax.ParseError(MALFORMED)
    for element in root.iterchildren(tag=etree.Element):
        value = _element_value(element)
        if value is not None:
            yield element.tag, value


def _element_value(element):
    """Text for an element with text only, a dict for one with elements, None for an empty one (no attribute then)."""
    if not len(element):
        return element.text
    children = element.iterchildren(tag=etree.Element)
    vector = {child.tag: child.text for child in children if child.text is not None}
    return vector if vector or any(True for _ in element.iterchildren(tag=etree.Element)) else None
