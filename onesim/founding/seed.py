"""A cloud from a description in YAML: sections of objects, each made by the calls that a user would make.

    users:
      - {name: alice, password: secret, groups: [students]}
    networks:
      - {name: lab, owner: alice, VN_MAD: bridge, BRIDGE: br0, AR: [{TYPE: IP4, IP: 10.0.0.1, SIZE: 100}]}

Lower-case keys are documented in docs/onesim.md; all others are attributes of the object's template.
"""

import re
from dataclasses import dataclass

from lxml import etree

from onesim.api.dispatch import METHODS
from onesim.errors import Fault
from onesim.text.values import yes

TEXT = "text"
_NONE = {"cluster": "-1", "driver": "core", "im": "dummy", "vmm": "dummy", "datastore": "default", "password": ""}
_POOLS = {"cluster": "CLUSTER", "datastore": "DATASTORE", "template": "TEMPLATE", "owner": "USER", "group": "GROUP"}
_MOVES = ("owner", "group", "permissions")


class SeedError(ValueError):
    """A description that is invalid, or that the cloud refuses."""


@dataclass(frozen=True)
class Section:
    """Objects of one kind: the prefix of its methods, and the parameters of its allocate call (TEXT: the template)."""

    prefix: str
    parameters: tuple = (TEXT,)
    words: tuple = _MOVES


SECTIONS = {
    "groups": Section("group", ("name",), ()),
    "users": Section("user", ("name", "password", "driver", "groups"), ()),
    "clusters": Section("cluster", ("name",), ()),
    "hosts": Section("host", ("name", "im", "vmm", "cluster"), ()),
    "datastores": Section("datastore", (TEXT, "cluster")),
    "security_groups": Section("secgroup"),
    "network_templates": Section("vntemplate"),
    "networks": Section("vn", (TEXT, "cluster")),
    "images": Section("image", (TEXT, "datastore")),
    "vm_groups": Section("vmgroup"),
    "templates": Section("template"),
    "vms": Section("vm", words=(*_MOVES, "template")),
}


def read(path):
    """The description in a file; raises SeedError. All its scalars are text: 640 and YES stay what they are."""
    try:
        import yaml
    except ImportError as error:
        raise SeedError("--seed needs PyYAML") from error
    try:
        with open(path, encoding="utf-8") as file:
            description = yaml.load(file, yaml.BaseLoader) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SeedError(f"{path}: {error}") from error
    unknown = set(description) - set(SECTIONS) - {"calls"} if isinstance(description, dict) else {"no sections"}
    if unknown:
        raise SeedError(f"{path}: {', '.join(sorted(unknown))}: not one of {', '.join(SECTIONS)}, calls")
    return description


class Seeder:
    """Creates the objects of a description as oneadmin, and lets each section settle before the next one."""

    def __init__(self, dispatcher, session):
        self.dispatcher = dispatcher
        self.cloud = dispatcher.cloud
        self.session = session

    def sow(self, description):
        """Raises SeedError with the place of an invalid or refused entry."""
        for name in (*SECTIONS, "calls"):
            for position, entry in enumerate(description.get(name) or (), 1):
                try:
                    self._make(name, entry)
                except SeedError as error:
                    raise SeedError(f"{name}, entry {position}: {error}") from error
            self.cloud.clock.settle()

    def _make(self, name, entry):
        if name == "calls":
            self._listed_call(entry)
            return
        entry = {"name": entry} if isinstance(entry, str) else entry
        if not isinstance(entry, dict):
            raise SeedError("neither a name nor attributes")
        section = SECTIONS[name]
        known = {"name", *section.words, *section.parameters}
        words = {word: value for word, value in entry.items() if word in known}
        attributes = {word: value for word, value in entry.items() if word not in known}
        if lower := [word for word in attributes if word.islower()]:
            raise SeedError(f"{', '.join(lower)}: not one of {', '.join(sorted(known - {TEXT}))}")
        oid = self._allocate(section, words, attributes)
        if "owner" in words or "group" in words:
            self._call(f"one.{section.prefix}.chown", oid, self._number("owner", words), self._number("group", words))
        if "permissions" in words:
            self._call(f"one.{section.prefix}.chmod", oid, *_bits(words["permissions"]))

    def _allocate(self, section, words, attributes):
        """Creates an object; returns its number."""
        if "template" in words:
            source = self._number("template", words)
            return self._call("one.template.instantiate", source, words.get("name", ""), False, _xml(attributes), False)
        if TEXT in section.parameters and "name" in words:
            attributes = {"NAME": words["name"], **attributes}
        values = [
            _xml(attributes) if parameter == TEXT else self._value(parameter, words) for parameter in section.parameters
        ]
        oid = self._call(f"one.{section.prefix}.allocate", *values)
        if TEXT not in section.parameters and attributes:
            self._call(f"one.{section.prefix}.update", oid, _xml(attributes), 1)
        return oid

    def _value(self, parameter, words):
        """The value of a parameter of an allocate call."""
        if parameter == "groups":
            return [self._numbered("GROUP", group) for group in words.get("groups", ())]
        if parameter in _POOLS:
            return self._number(parameter, words)
        try:
            return words[parameter] if parameter not in _NONE else words.get(parameter, _NONE[parameter])
        except KeyError:
            raise SeedError(f"no {parameter}") from None

    def _number(self, word, words):
        """The number of the object that a key names; -1 without the key."""
        return self._numbered(_POOLS[word], words.get(word, _NONE.get(word, "-1")))

    def _numbered(self, kind_name, name):
        if name == "-1":
            return -1
        found = next((thing.oid for thing in self.cloud.pool(kind_name) if name in (thing.name, str(thing.oid))), None)
        if found is None:
            raise SeedError(f"there is no {self.cloud.kinds[kind_name].title} {name}")
        return found

    def _listed_call(self, entry):
        """A call as `method: [parameters]`."""
        if not isinstance(entry, dict) or len(entry) != 1:
            raise SeedError("no call; it is written as method: [parameters]")
        ((name, given),) = entry.items()
        if name not in METHODS or not isinstance(given, list):
            raise SeedError(f"{name}: no method with a list of parameters")
        try:
            values = [_typed(letter, value) for letter, value in zip(METHODS[name].params, given, strict=False)]
        except ValueError as error:
            raise SeedError(f"{name}: {error}") from error
        self._call(name, *values)

    def _call(self, name, *params):
        try:
            answer = self.dispatcher.answer(name, [self.session, *params])
        except Fault as fault:
            raise SeedError(f"{name}: {fault.text}") from fault
        if not answer[0]:
            raise SeedError(answer[1])
        return answer[1]


def _xml(attributes):
    """Attributes as a template in XML, which needs no quoting: a mapping is a vector, a list repeats an attribute."""
    root = etree.Element("TEMPLATE")
    try:
        for name, values in attributes.items():
            for value in values if isinstance(values, list) else [values]:
                element = etree.SubElement(root, name)
                for key, text in value.items() if isinstance(value, dict) else ():
                    etree.SubElement(element, key).text = text
                if isinstance(value, str):
                    element.text = value
    except (TypeError, ValueError) as error:
        raise SeedError(f"{name}: {error}") from error
    return etree.tostring(root, encoding="unicode")


def _bits(octal):
    """Nine permission bits from 640 or 0640."""
    if not re.fullmatch("0?[0-7]{3}", octal):
        raise SeedError(f"permissions {octal}: not three octal digits")
    return [int(bit) for bit in f"{int(octal, 8):09b}"]


def _typed(letter, text):
    if letter == "i":
        return int(text)
    if letter == "b":
        return yes(text) or text == "true"
    return [int(item) for item in text] if letter == "A" else text
