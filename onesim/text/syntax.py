"""OpenNebula template text, `NAME = value` and `NAME = [ A = "x", B = "y" ]`, parsed like in the daemon.

The scanner uses the longest match at each position, skips characters without a rule, and counts columns in bytes from
the start of the text; the message of a `ParseError` contains line and columns.
"""

import re

_PLAIN = re.compile(
    r"""(?P<COMMA>[ \t\n]*,[ \t\n]*)
      | (?P<CBRACKET>[ \t\n]*\][ \t\n]*)
      | (?P<EQUAL_EMPTY>[ \t]*=[ \t]*\n)
      | (?P<EQUAL>[ \t]*=[ \t]*)
      | (?P<comment>[ \t]*\#.*\n)
      | (?P<blank>[ \t\n]+)
      | (?P<VARIABLE>[A-Za-z0-9_]+)
      | (?P<skipped>[\s\S])""",
    re.VERBOSE,
)
_VALUE = (  # on a tie the first wins
    ("OBRACKET", re.compile(r"[ \t]*\[[ \t\n]*")),
    ("CCDATA", re.compile(r".*\]\]>.*")),
    ("QUOTED", re.compile(r'"[^"]*(?:(?<=\\)"[^"]*)*"')),
    ("STRING", re.compile(r"[^=# \t\n,\[\]]+")),
)
_SILENT = {"comment", "blank", "skipped"}


class ParseError(ValueError):
    """Invalid template text; the message is the daemon's."""


def parse(text):
    """The attributes of a template text, in order: (name, string) or (name, {name: string}).

    Raises ParseError. Names are upper-cased as in the daemon, values are without their quotes.
    """
    if text.isascii():
        return list(_attributes(_Scanner(text)))
    scanner = _Scanner(text.encode().decode("latin-1"))  # the daemon scans bytes
    return [(name, _decoded(value)) for name, value in _attributes(scanner)]


def _decoded(value):
    if isinstance(value, dict):
        return {name: _decoded(item) for name, item in value.items()}
    return value.encode("latin-1").decode()


class _Scanner:
    """The tokens of a text, one ahead of the parser, with the position of the last match."""

    def __init__(self, text):
        self.text = text
        self.position = 0
        self.line = 0
        self.first_column = self.last_column = 1
        self.in_value = False

    def next(self):
        """(kind, text) of the next token; ("$end", "") after the last."""
        while self.position < len(self.text):
            kind, matched = self._value() if self.in_value else self._plain()
            self.position += len(matched)
            self.line += matched.count("\n")
            self.first_column, self.last_column = self.last_column, self.last_column + len(matched)
            if kind == "QUOTED":
                return "STRING", matched[1:-1]
            if kind not in _SILENT:
                return kind, matched
        return "$end", ""

    def _plain(self):
        match = _PLAIN.match(self.text, self.position)
        self.in_value = match.lastgroup == "EQUAL"
        return match.lastgroup, match.group()

    def _value(self):
        kind, longest = "skipped", ""
        for candidate, pattern in _VALUE:
            match = pattern.match(self.text, self.position)
            if match and len(match.group()) > len(longest):
                kind, longest = candidate, match.group()
        self.in_value = kind == "skipped"
        return kind, longest or self.text[self.position]

    def expect(self, *kinds):
        """The next token, which must be one of `kinds`."""
        kind, text = self.next()
        if kind in kinds:
            return kind, text
        raise ParseError(
            f"Parse error: syntax error, unexpected {kind}, expecting {' or '.join(kinds)}"
            f" at line {self.line}, columns {self.first_column}:{self.last_column}"
        )


def _attributes(scanner):
    kind, name = scanner.next()
    while kind == "VARIABLE":
        yield _attribute(scanner, name)
        kind, name = scanner.next()
    if kind != "$end":
        raise ParseError(
            f"Parse error: syntax error, unexpected {kind}, expecting $end"
            f" at line {scanner.line}, columns {scanner.first_column}:{scanner.last_column}"
        )


def _attribute(scanner, name):
    kind, _ = scanner.expect("EQUAL", "EQUAL_EMPTY")
    if kind == "EQUAL_EMPTY":
        return name, ""
    kind, text = scanner.expect("OBRACKET", "CCDATA", "STRING")
    if kind == "CCDATA":
        raise ParseError("Parse error.")
    return name, text.replace('\\"', '"') if kind == "STRING" else _vector(scanner)


def _vector(scanner):
    vector = {}
    kind, name = scanner.expect("CBRACKET", "VARIABLE")
    while kind == "VARIABLE":
        scanner.expect("EQUAL")
        _, text = scanner.expect("STRING")
        vector.setdefault(name.upper(), text.replace('\\"', '"'))
        kind, _ = scanner.expect("COMMA", "CBRACKET")
        if kind == "COMMA":
            kind, name = scanner.expect("VARIABLE")
    return vector
