"""Requirements of VMs for hosts, datastores and networks: `CLUSTER_ID = 0 & (NAME = "lab*" | FREE_CPU > 100)`.

All operators have the same precedence, from left to right. A comparison with a missing attribute is false, even with
!=.
"""

import re
from fnmatch import fnmatchcase
from functools import lru_cache

from onesim.text.values import integer, number

_TOKEN = re.compile(
    r"""[ \t\n]* (?: (?P<operator>@>|!=|[&|!=<>()])
      | (?P<name>[A-Za-z][0-9A-Za-z_]*) | "(?P<quoted>[^"]*)" | (?P<number>-?[0-9]+(?:\.[0-9]+)?) )""",
    re.VERBOSE,
)


class RequirementError(ValueError):
    """Invalid requirements."""


@lru_cache(maxsize=1024)
def parsed(text):
    """A function (lookup) -> bool for requirements; `lookup(name)` returns the values of an object for a name."""
    tokens, position = [], 0
    text = text.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match:
            raise RequirementError(f"syntax error at character {position}")
        tokens.append((match.lastgroup, match.group(match.lastgroup)))
        position = match.end()
    if not tokens:
        return lambda lookup: True
    reader = _Reader(tokens)
    requirement = reader.expression()
    if reader.rest:
        raise RequirementError("syntax error, unexpected rest")
    return requirement


def meets(text, lookup):
    """Whether an object meets requirements; raises RequirementError."""
    return parsed(text)(lookup)


class _Reader:
    def __init__(self, tokens):
        self.rest = tokens[::-1]

    def _next(self):
        if not self.rest:
            raise RequirementError("syntax error, unexpected end")
        return self.rest.pop()

    def _take(self, operator):
        """Consumes the next token if it is that operator; returns whether it was."""
        found = bool(self.rest) and self.rest[-1] == ("operator", operator)
        if found:
            self.rest.pop()
        return found

    def expression(self):
        left = self._term()
        while True:
            if self._take("&"):
                left = _both(left, self._term())
            elif self._take("|"):
                left = _either(left, self._term())
            else:
                return left

    def _term(self):
        if self._take("!"):
            inner = self._term()
            return lambda lookup: not inner(lookup)
        if self._take("("):
            inner = self.expression()
            if not self._take(")"):
                raise RequirementError("syntax error, expecting ')'")
            return inner
        return self._comparison()

    def _comparison(self):
        kind, name = self._next()
        operator = self._next()
        value_kind, value = self._next()
        if kind not in ("name", "quoted") or operator[0] != "operator" or value_kind == "operator":
            raise RequirementError("syntax error, expecting a comparison")
        if operator[1] not in ("=", "!=", "<", ">", "@>") or (value_kind != "number" and operator[1] in "<>"):
            raise RequirementError(f"syntax error, unexpected {operator[1]}")
        compare = _numeric if value_kind == "number" else _textual
        return lambda lookup: compare(operator[1], lookup(name), value)


def _both(left, right):
    return lambda lookup: left(lookup) and right(lookup)


def _either(left, right):
    return lambda lookup: left(lookup) or right(lookup)


def _numeric(operator, found, value):
    read = number if "." in value else integer
    wanted, values = read(value), [read(text) for text in found]
    if operator == "@>":
        return wanted in values
    if not values or values[0] is None:
        return False
    first = values[0]
    return {"=": first == wanted, "!=": first != wanted, "<": first < wanted, ">": first > wanted}[operator]


def _textual(operator, found, pattern):
    if not found or not pattern:
        return False
    if operator == "@>":
        return any(fnmatchcase(text, pattern) for text in found)
    return fnmatchcase(found[0], pattern) is (operator == "=")
