"""Write the tables of the pillar's reference: a page for each section, docs/pillar/<section>.md.

    python tools/pillar.py [--check]

The part of a page above the marker is written by hand: the purpose of the section, with an example. Everything below
comes from the schema of the pillar. ``--check`` writes nothing and exits with 1 if a page is outdated.
"""

import pathlib
import re
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
# The path of onecore, which Salt normally adds.
sys.path.insert(0, str(REPOSITORY / "salt" / "_utils"))

from onecore.model.nodes import Each, Either, Keys, Leaf, Many  # noqa: E402
from onecore.schema import PILLAR  # noqa: E402

FOLDER = REPOSITORY / "docs" / "pillar"
MARKER = "<!-- Everything below is written by `make docs`. -->\n"
#: The page for the paths of the pillar below a path; the longest path applies.
PAGES = {
    "opennebula": "settings",
    "opennebula.connection": "connection",
    "opennebula.shared": "shared",
    "opennebula.shared.clusters": "hosts",
    "opennebula.shared.datastores": "hosts",
    "opennebula.shared.hosts": "hosts",
    "opennebula.shared.groups": "groups",
    "opennebula.shared.default_quota": "groups",
    "opennebula.shared.vdcs": "groups",
    "opennebula.shared.security_groups": "security-groups",
    "opennebula.shared.networks": "shared-networks",
    "opennebula.shared.network_templates": "shared-networks",
    "opennebula.shared.images": "images",
    "opennebula.shared.templates": "templates",
    "opennebula.shared.vm_groups": "templates",
    "opennebula.objects": "objects",
    "opennebula.blueprints": "blueprints",
    "opennebula.blueprints.<blueprint>.security_groups": "security-groups",
    "opennebula.blueprints.<blueprint>.networks": "networks",
    "opennebula.blueprints.<blueprint>.vm_groups": "templates",
    "opennebula.blueprints.<blueprint>.gateway": "gateway",
    "opennebula.blueprints.<blueprint>.labs": "labs",
    "opennebula.users": "users",
    "opennebula.pipelines": "pipelines",
}
ARTICLE = re.compile("^(an?|the) ")
HEAD = "| Key | Value | Default | Example | Description | On an existing object |\n|---|---|---|---|---|---|\n"


class Reference:
    """Every dictionary with known keys of the schema: its paths, its page, and its heading there."""

    def __init__(self, schema):
        self.places, self.dictionaries = {}, {}
        for path, keys in _dictionaries(schema, "opennebula"):
            self.dictionaries[id(keys)] = keys
            self.places.setdefault(id(keys), []).append(path)
        self.pages = {key: _page(places[0]) for key, places in self.places.items()}
        self.anchors = dict(self._anchors())

    def _anchors(self):
        """The anchor of each heading; repeated titles on a page get numbers, as in forges and Sphinx."""
        seen = {}
        for key, keys in self.dictionaries.items():
            slug = keys.title.lower().replace(" ", "-")
            number = seen.setdefault((self.pages[key], slug), 0)
            seen[self.pages[key], slug] += 1
            yield key, f"{slug}-{number}" if number else slug

    def tables(self, page):
        """The generated part of a page."""
        return "".join(self._section(key) for key in self.dictionaries if self.pages[key] == page)

    def _section(self, key):
        keys = self.dictionaries[key]
        rows = "".join(self._row(key, name, field) for name, field in keys.fields.items())
        others = "\nAny other key in capitals is an attribute of OpenNebula.\n" if keys.others else ""
        places = "\n".join(f"- `{place}`" for place in self.places[key])
        return f"\n## {keys.title[0].upper()}{keys.title[1:]}\n\n{places}\n\n{HEAD}{rows}{others}"

    def _row(self, key, name, field):
        value = self._value(field.node, self.pages[key]) + (f"; {field.unit}" if field.unit else "")
        example = f"`{field.example}`" if field.example else ""
        effect = field.effect.replace("``", "`") or "-"
        cells = (f"`{name}`", value, field.default, example, field.doc, effect)
        return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"

    def _value(self, node, page):
        if isinstance(node, Leaf) or (isinstance(node, Either) and node.title):
            return ARTICLE.sub("", node.wants.partition(", such as")[0])
        if isinstance(node, Keys):
            there = self.pages[id(node)]
            return f"[{node.title}]({f'{there}.md' if there != page else ''}#{self.anchors[id(node)]})"
        if isinstance(node, Each):
            return f"dictionary, for each {node.what}: {self._value(node.item, page)}"
        if isinstance(node, Many):
            return f"list of: {self._value(node.item, page)}"
        return " or ".join(self._value(each, page) for each in node.nodes)


def _dictionaries(node, path):
    """Every dictionary with known keys, and its path; outer ones first."""
    if isinstance(node, Keys):
        yield path, node
        for key, field in node.fields.items():
            yield from _dictionaries(field.node, f"{path}.{key}")
    elif isinstance(node, Each):
        yield from _dictionaries(node.item, f"{path}.<{node.what}>")
    elif isinstance(node, Many):
        yield from _dictionaries(node.item, f"{path}[]")
    elif isinstance(node, Either):
        for each in node.nodes:
            yield from _dictionaries(each, path)


def _page(path):
    """The page that describes a path."""
    return PAGES[max((each for each in PAGES if f"{path}.".startswith(f"{each}.")), key=len)]


def pages():
    """(path, text) of each page."""
    reference = Reference(PILLAR)
    for page in dict.fromkeys(PAGES.values()):
        path = FOLDER / f"{page}.md"
        yield path, path.read_text(encoding="utf-8").partition(MARKER)[0] + MARKER + reference.tables(page)


def main(check):
    outdated = [(path, text) for path, text in pages() if path.read_text(encoding="utf-8") != text]
    for path, text in outdated:
        if check:
            print(f"{path.relative_to(REPOSITORY)} is not up to date: run make docs", file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8")
    return int(check and bool(outdated))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] == ["--check"]))
