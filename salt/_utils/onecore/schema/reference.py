"""The reference of the pillar, written from its schema."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model.nodes import Each, Either, Key, Keys, Leaf, Many, Node

INTRODUCTION = """\
# The pillar

Everything stands below the pillar key `opennebula`; the examples in
[pillar/examples](../pillar/examples) show it at work. This page
is written from the schema that the pillar is checked with, so it names every key.

## How it is read

**A blueprint says what every user of a sort has; a user says what is different.** The two are merged:
dictionaries key by key, lists and single values replace what is inherited, and `null` takes it away, be it one
key, a network or the whole gateway.

**Dictionaries are keyed by name,** so that files merge: adding a user is adding a file. Salt merges dictionaries
of several files key by key and lets a later list replace an earlier one.

**The VLAN of a network** is the user's `vlan_base` plus the network's `vlan`. Both are written down, so that adding
a user or a network renumbers nobody. `vlan_id` sets a number outright, and `vlans: {automatic: true}` leaves all
numbers to OpenNebula.

**The gateway of a user** has its first NIC on the uplink, a network shared by all, and the next ones on the
user's networks in `lan`, in that order. OpenNebula leases only addresses that are in an address range: where the
gateway's address is in none, the network gets a range `gateway` of that one address. What it does inside, from `policy`
to `apt_proxy`, is the business of the formula `gateway` ([gateway.md](gateway.md)).

**An object that was made from the pillar** carries the attribute `SALT_MANAGED`, which names it:
`<blueprint>/<user>/<kind>/<name>`. One that was taken over (`adopt`) has `/adopted` at its end. Only what was made is
ever removed, only with `prune: true`, and no more than `max_deletions` in a run. An attribute that is not declared is
left alone.

**Names** must be ones that OpenNebula accepts: at most 128 bytes, no blank at either end, none of
``& | : \\ " ; / ' # { } $ < >``; for users and groups no blank at all.

**Secrets are shown to nobody,** neither in `changes` and comments nor in what functions return, in events and logs:
`********` stands in their place. Secret is what has a name such as `DB_PASS`, `TOKEN`, `API_KEY` or `DSN`, or one
that `secrets` adds, and what comes from a secret store (`sdb://…`). Both are also struck out where they turn up in
longer texts, such as an error or a script. Salt tells nobody what GPG has decrypted: give it a name that says what it
is, or add its name to `secrets`; so too for what an SLS file takes from a secret store, if `onevm.show` and its like
are to hide it later. Texts of fewer than eight characters are struck out as whole words only; of fewer than
four, numbers of fewer than six digits, and words that everybody knows (`yes`, `oneadmin`) are hidden by their names
alone.

**YAML has surprises:** `no`, `on` and `yes` are booleans, `0644` is the number 420. Put names and texts that look like
something else in quotes.

**Everything is checked before anything is written** (`salt-call opennebula.validate`). Besides each key by itself:
no VLAN twice on one device or outside of its bounds, no address outside of its network, no ranges upon each other,
no uplink address twice, no address of two VMs of a lab, no forward to an address outside, no reference to nothing, no
template without what a VM needs, nothing that OpenNebula cannot store. What only the cloud knows is told by
`test=True`: what it holds besides, whom it lets use that, and how much there is of it.
"""

ARTICLE = re.compile("^(an?|the) ")
HEAD = "| Key | Holds | Default | Example | Meaning |\n|---|---|---|---|---|\n"


def reference(schema: Keys) -> str:
    """The reference as Markdown: a section for each dictionary with known keys, a row for each key."""
    places: dict[int, list[str]] = {}
    sections: dict[int, Keys] = {}
    for path, keys in _dictionaries(schema, "opennebula"):
        sections[id(keys)] = keys
        places.setdefault(id(keys), []).append(path)
    return INTRODUCTION + "".join(_section(keys, places[key]) for key, keys in sections.items())


def _dictionaries(node: Node, path: str) -> Iterator[tuple[str, Keys]]:
    """Every dictionary with known keys, and where it stands; outer ones first."""
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


def _section(keys: Keys, places: list[str]) -> str:
    rows = "".join(_row(key, field) for key, field in keys.fields.items())
    others = "\nAny other key in capitals is an attribute of OpenNebula's.\n" if keys.others else ""
    return f"\n## {_title(keys)}\n\n{', '.join(f'`{place}`' for place in places)}\n\n{HEAD}{rows}{others}"


def _title(keys: Keys) -> str:
    return keys.title[0].upper() + keys.title[1:]


def _row(key: str, field: Key) -> str:
    holds = _holds(field.node) + (f"; {field.unit}" if field.unit else "")
    example = f"`{field.example}`" if field.example else ""
    cells = (f"`{key}`", holds, field.default, example, field.doc)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _holds(node: Node) -> str:
    if isinstance(node, Leaf) or (isinstance(node, Either) and node.title):
        return ARTICLE.sub("", node.wants.partition(", such as")[0])
    if isinstance(node, Keys):
        return f"[{node.title}](#{node.title.lower().replace(' ', '-')})"
    if isinstance(node, Each):
        return f"dictionary, for each {node.what}: {_holds(node.item)}"
    if isinstance(node, Many):
        return f"list of: {_holds(node.item)}"
    return " or ".join(_holds(each) for each in node.nodes)
