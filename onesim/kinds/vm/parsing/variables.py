"""The $variables in the context of VMs and in their requirements, parsed like the daemon's scanner.

$NAME                        an attribute of the VM, or UID, GID, UNAME, GNAME, NAME, TEMPLATE
$NAME[ATTRIBUTE]             an item of its first vector of that name; of its owner for USER
$NAME[ATTRIBUTE, KEY="x"]    of the vector with that key; of the network or image for NETWORK and IMAGE
$FILE[IMAGE="x"]             in lists of files: an image, by name (and owner) or by IMAGE_ID
"""

import base64
import re

from onesim.errors import InternalError
from onesim.kinds.vm.parts import disks
from onesim.rights.access import USE, allowed
from onesim.text.values import integer

_TEXT = re.compile(r"(?:[^$\\]|\\\$|\\[^$])+")
_VARIABLE = re.compile(
    r"""(?P<EQUAL>[ \t]*=[ \t]*) | (?P<COMMA>[ \t]*,[ \t]*) | (?P<OBRACKET>\[[ \t]*) | (?P<CBRACKET>[ \t]*\])
      | (?P<VARIABLE>[A-Za-z0-9_]+) | (?P<EOA>.)""",
    re.VERBOSE,
)
_VALUE = re.compile(r'"(?P<quoted>[^"]*)"|(?P<plain>[A-Za-z0-9]+)')
_NUMBER = re.compile(r"\d+", re.ASCII)
_OWN = {"UID": "uid", "UNAME": "uname", "GID": "gid", "GNAME": "gname", "NAME": "name"}


class _Scanner:
    """The tokens of a text. After a `$` it reads a variable, up to the first character that does not belong to it."""

    def __init__(self, text):
        self.text = text
        self.position = 0
        self.line = 0
        self.first_column = self.last_column = 1
        self.state = "text"

    def next(self):
        """(kind, text) of the next token; ("$end", "") after the last."""
        while self.position < len(self.text):
            token = getattr(self, f"_in_{self.state}")()
            if token:
                return token
        if self.state == "variable":
            self.state = "text"
            return "EOA", ""
        return "$end", ""

    def _take(self, matched):
        self.position += len(matched)
        self.line += matched.count("\n")
        self.first_column, self.last_column = self.last_column, self.last_column + len(matched)

    def _skip(self):
        """Characters without a rule are dropped, and do not count as columns."""
        self.line += self.text[self.position] == "\n"
        self.position += 1

    def _in_text(self):
        match = _TEXT.match(self.text, self.position)
        if match:
            self._take(match.group())
            return "RSTRING", match.group()
        if self.text[self.position] == "$":
            self._take("$")
            self.state = "variable"
        else:
            self._skip()
        return None

    def _in_variable(self):
        match = _VARIABLE.match(self.text, self.position)
        if not match:
            self._skip()
            return None
        self._take(match.group())
        kind, text = match.lastgroup, match.group()
        if kind == "EQUAL":
            self.state = "value"
        elif kind == "EOA":
            if text == "$":
                return "EOA", ""
            self.state = "text"
        return kind, text

    def _in_value(self):
        match = _VALUE.match(self.text, self.position)
        if not match:
            self._skip()
            return None
        self._take(match.group())
        self.state = "variable"
        return "STRING", match.group(match.lastgroup)


class _Reader:
    """Parses a text with the daemon's grammar; raises InternalError for an invalid text."""

    def __init__(self, text):
        self.text = text
        self.scanner = _Scanner(text)

    def refused(self, reason):
        return InternalError(f"Error parsing: {self.text}. {reason}")

    def next(self):
        return self.scanner.next()

    def expect(self, *kinds, got=None):
        kind, text = got or self.next()
        if kind in kinds:
            return kind, text
        scanner = self.scanner
        raise self.refused(
            f"syntax error, unexpected {kind}, expecting {' or '.join(kinds)}"
            f" at line {scanner.line}, columns {scanner.first_column}:{scanner.last_column}"
        )


def substitute(cloud, vm, text):
    """The text with its variables replaced by their values."""
    reader, parts = _Reader(text), []
    kind, token = reader.expect("VARIABLE", "RSTRING", got=reader.next())
    while kind != "$end":
        if kind == "RSTRING":
            parts.append(token)
        else:
            parts.append(_variable(cloud, vm, reader, token.upper()))
        kind, token = reader.expect("$end", "VARIABLE", "RSTRING", got=reader.next())
    return "".join(parts)


def _variable(cloud, vm, reader, name):
    """The value of a variable, with the character that ends it."""
    kind, token = reader.expect("OBRACKET", "EOA")
    if kind == "EOA":
        return _single(cloud, vm, name) + token
    attribute = reader.expect("VARIABLE")[1].upper()
    key = value = ""
    kind, _ = reader.expect("COMMA", "CBRACKET")
    if kind == "COMMA":
        key = reader.expect("VARIABLE")[1].upper()
        reader.expect("EQUAL")
        value = reader.expect("STRING")[1]
        reader.expect("CBRACKET")
    end = reader.expect("EOA")[1]
    return _item(cloud, vm, name, attribute, key, value) + end


def _single(cloud, vm, name):
    if name == "TEMPLATE":
        return _encoded(vm.extended())
    if name in _OWN:
        return str(getattr(vm, _OWN[name]))
    return vm.spec.get(name) or vm.template.get(name)


def _encoded(xml):
    return base64.b64encode(xml.encode()).decode()


def _item(cloud, vm, name, attribute, key, value):
    if name == "NETWORK":
        return network_attribute(cloud, vm, attribute, key, value)
    if name == "IMAGE":
        return _of_image(cloud, vm, attribute, key, value)
    if name == "USER":
        user = cloud.find("USER", vm.uid)
        return _of_user(user, attribute) if user else ""
    vectors = vm.spec.vectors(name)
    if key:
        vectors = [vector for vector in vectors if vector.get(key, "") == value]
    return vectors[0].get(attribute, "") if vectors else ""


def _of_thing(thing, attribute):
    return _encoded(thing.xml) if attribute == "TEMPLATE" else thing.template.get(attribute)


def _of_user(user, attribute):
    return _encoded(user.xml.rpartition("<QUOTAS>")[0]) if attribute == "TEMPLATE" else user.template.get(attribute)


def network_attribute(cloud, vm, attribute, key, value):
    """An attribute of the network of a NIC: of its address range, or else of the network."""
    if key not in ("NETWORK", "NETWORK_ID", "NIC_ID"):
        return ""
    found = None
    for name in ("NIC", "NIC_ALIAS"):
        nic = next((nic for nic in vm.spec.vectors(name) if nic.get(key, "") == value), None)
        found = nic if nic is not None else found
    if found is None or integer(found.get("AR_ID")) is None:
        return ""
    vnet = cloud.find("NET", integer(found.get("NETWORK_ID")))
    if vnet is None:
        return ""
    if attribute == "TEMPLATE":
        return _encoded(vnet.xml)
    ar = vnet.range(integer(found["AR_ID"]))
    return (ar.vector.get(attribute, "") if ar else "") or vnet.template.get(attribute)


def _of_image(cloud, vm, attribute, key, value):
    if key not in ("IMAGE", "IMAGE_ID"):
        return ""
    disk = next((disk for disk in vm.spec.vectors("DISK") if disk.get(key, "") == value), None)
    image = cloud.find("IMAGE", integer(disk.get("IMAGE_ID"))) if disk else None
    return _of_thing(image, attribute) if image else ""


def files(cloud, vm, text):
    """The images of the $FILE variables in a text, in order; the owner must be allowed to use them."""
    reader, images = _Reader(text.lstrip(" \t\n\v\f\r")), []
    kind, token = reader.expect("VARIABLE", got=reader.next())
    while kind != "$end":
        name = token.upper()
        reader.expect("OBRACKET")
        given = [_pair(reader)]
        if reader.expect("COMMA", "CBRACKET")[0] == "COMMA":
            given.append(_pair(reader))
            reader.expect("CBRACKET")
        reader.expect("EOA")
        images.append(_file(cloud, vm, reader, name, given))
        kind, token = reader.expect("$end", "VARIABLE", got=reader.next())
    return images


def _pair(reader):
    name = reader.expect("VARIABLE")[1].upper()
    reader.expect("EQUAL")
    return name, reader.expect("STRING")[1]


def _file(cloud, vm, reader, name, given):
    (key, value), *more = given
    if name != "FILE":
        raise reader.refused("Must use FILE variable for attribute.")
    if key == "IMAGE":
        owner = disks.owner_named(cloud, dict(more), vm.uid)
        image = cloud.pool("IMAGE").named(value, owner)
        if image is None:
            raise reader.refused(
                f"User {-1 if owner is None else owner} does not own an image with name: {value}"
                " . Set IMAGE_UNAME or IMAGE_UID of owner."
            )
    elif key == "IMAGE_ID":
        start = _NUMBER.match(value)
        oid = int(start.group()) if start else 0
        image = cloud.find("IMAGE", oid)
        if image is None:
            raise reader.refused(f"Image with ID: {oid} does not exist")
    else:
        raise reader.refused("Cannot get image, set IMAGE_ID or IMAGE.")
    if not _may_use(cloud, vm, image):
        raise reader.refused("User not authorize to use image.")
    return image


class Owner:
    """The owner of a VM, as a caller."""

    def __init__(self, cloud, vm):
        user = cloud.find("USER", vm.uid)
        self.cloud, self.uid, self.gid = cloud, vm.uid, vm.gid
        self.groups = frozenset(user.groups) if user else frozenset({vm.gid})
        self.is_admin = vm.uid == 0 or 0 in self.groups


def _may_use(cloud, vm, image):
    return allowed(Owner(cloud, vm), USE, image)
