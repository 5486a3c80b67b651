"""Mutations of the example pillar that the schema describes, so that many are valid."""

from __future__ import annotations

import copy
import random
from functools import cache

import yaml

from onecore.model.nodes import Each, Either, Keys, Many, choices, holds
from onecore.schema.pillar import PILLAR

ODD = [None, "", 0, -1, 1, 2, 4095, True, False, 1.5, "x", " a ", "a$b", 'say "hi"', "back\\", [], {}, "0300", "é"]
ODD += ["10.0.0.1", "255.255.255.255", "192.168.0.0/24", "644", "bridge", "dummy", "oneadmin", "alice", "NAME", "$NAME"]
#: Additional values, by key: those that conflict with other objects.
MORE = {
    "admins": [["alice"], ["alice", "basile"], "alice"],
    "groups": [["eole"], ["staff"], ["staff", "eole"], []],
    "group": ["staff", "users", "oneadmin"],
    "owner": ["alice", "basile", "oneadmin"],
    "template_owner": ["alice", "oneadmin"],
    "ip": ["10.1.3.60", "10.1.3.61", "10.1.3.1", "192.168.0.60", "192.168.0.1", "192.168.230.11", "192.168.230.60"],
    "nics": [
        [{"network": "dmz1", "ip": "10.1.3.60"}],
        [{"network": "dmz1", "ip": "10.1.3.1"}, {"network": "academie"}],
        [{"network": "academie", "ip": "192.168.0.1"}],
        [{"network": "EOLE", "owner": "oneadmin", "shared": True, "ip": "192.168.230.60"}],
        [{"network": "EOLE", "owner": "oneadmin", "shared": True, "ip": "192.168.230.11"}],
    ],
    "attributes": [
        {name: value}
        for name in ("NAME", "ID", "STATE", "ERROR", "TYPE", "SIZE", "CPU", "LABELS", "VN_MAD", "AR", "TEMPLATE_ID")
        for value in ("x", "7", {"A": "b"}, ["a", "b"], "")
    ],
    "networks": [{"EOLE": {"driver": "bridge", "owner": "alice"}}, {"academie": None}],
    "after": [["web"], ["database"]],
    "vlans": [{"automatic": True, "phydev": "eth1"}, {"driver": "vxlan", "phydev": "eth2"}],
    "virtual_router": [{}, {"vms": 2}],
    "address_ranges": [{"gateway": {"ip": "10.1.3.9", "size": 3}}, {"more": {"ip": "10.1.3.20", "size": 5}}, {}],
}
#: Parts of the pillar that do not describe objects.
ELSEWHERE = ("connection", "profiles", "pipelines")


class Mutations:
    """Random mutations of a pillar."""

    def __init__(self, config, seed):
        self._config = config
        self._chance = random.Random(seed)
        self._values: dict[str, list] = {}
        self._names = ["oneadmin", "serveradmin", "users", "default", "include", "__x"]
        for path, node, value in self._places(config):
            self._values.setdefault(path[-1], []).append(value)
            if isinstance(node, Keys):
                self._names += [path[-1]] if isinstance(path[-1], str) else []
        for key, value in _examples():
            self._values.setdefault(key, []).append(value)
        for key, values in MORE.items():
            self._values.setdefault(key, []).extend(values * (1 + len(self._values.get(key, ())) // len(values)))

    def mutated(self):
        """A pillar with one to four mutations, and their descriptions."""
        config, told = copy.deepcopy(self._config), []
        for _ in range(self._chance.choice([1, 1, 1, 2, 2, 3, 4])):
            told.append(self._change(config))
        return config, told

    def _places(self, config):
        yield from (place for place in _places(PILLAR, config) if place[0][0] not in ELSEWHERE)

    def _change(self, config):
        path, node, value = self._chance.choice(list(self._places(config)))
        ways = [self._remove, self._replace, self._replace, self._odd]
        if isinstance(node, Keys):
            ways += [self._add_key] * 6
        if isinstance(node, Each):
            ways += [self._add_entry] * 4
        if isinstance(node, Many) and value:
            ways += [self._add_item] * 4
        way = self._chance.choice(ways)
        return f"{way.__name__[1:]} {'.'.join(map(str, path))}: {way(config, path, node, value)}"

    def _remove(self, config, path, node, value):
        holder = _inside(config, path[:-1])
        if isinstance(holder, list) or self._chance.random() < 0.5:
            del holder[path[-1]]
            return "removed"
        holder[path[-1]] = None
        return None

    def _replace(self, config, path, node, value):
        """Another value of the same key, or another name of the same type."""
        known = self._values.get(path[-1], [])
        if isinstance(value, str) and self._chance.random() < 0.5:
            known = self._names
        new = copy.deepcopy(self._chance.choice(known or ODD))
        if isinstance(value, int) and not isinstance(value, bool) and self._chance.random() < 0.5:
            new = value + self._chance.choice([-1, 1, 30, 1000])
        _inside(config, path[:-1])[path[-1]] = new
        return new

    def _odd(self, config, path, node, value):
        new = _inside(config, path[:-1])[path[-1]] = copy.deepcopy(self._chance.choice(ODD))
        return new

    def _add_key(self, config, path, node, value):
        fields = sorted(node.fields)
        key = self._chance.choice(fields + 2 * [each for each in fields if each in MORE])
        new = value[key] = copy.deepcopy(self._chance.choice(self._values.get(key) or ODD))
        return key, new

    def _add_entry(self, config, path, node, value):
        key = self._chance.choice(self._names)
        new = value[key] = copy.deepcopy(self._chance.choice([*value.values(), *self._values.get(path[-1], [None])]))
        return key, new

    def _add_item(self, config, path, node, value):
        new = copy.deepcopy(self._chance.choice([*value, *self._names]))
        value.insert(self._chance.randint(0, len(value)), new)
        return new


def _places(node, value, path=()):
    """Everything in the data that the schema describes: path, node and value."""
    node = next((each for each in choices(node) if holds(each, value)), None)
    if node is None:
        return
    if path:
        yield path, node, value
    if isinstance(node, Keys):
        for key, inner in value.items():
            if node.node(key) is not None:
                yield from _places(node.node(key), inner, (*path, key))
    elif isinstance(node, Each):
        for key, inner in value.items():
            yield from _places(node.item, inner, (*path, key))
    elif isinstance(node, Many):
        for number, inner in enumerate(value):
            yield from _places(node.item, inner, (*path, number))


@cache
def _examples():
    """The example of every key of the schema. Parsing these takes longer than anything else here."""
    return [(key, yaml.safe_load(field.example)) for key, field in _fields(PILLAR) if field.example]


def _fields(node):
    """Every key of the schema with its field."""
    if isinstance(node, Keys):
        for key, field in node.fields.items():
            yield key, field
            yield from _fields(field.node)
    elif isinstance(node, Each | Many):
        yield from _fields(node.item)
    elif isinstance(node, Either):
        for each in node.nodes:
            yield from _fields(each)


def _inside(data, path):
    for key in path:
        data = data[key]
    return data
