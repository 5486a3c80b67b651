"""Generate the pictures of the documentation from texts: docs/figures/*.yaml, and the floors of docs/architecture.md.

    python tools/figures.py [--check]

With --check nothing is written, and the exit status is 1 if a picture is outdated. A picture has its own light and dark
colours, and is self-contained.
"""

import pathlib
import re
import sys
from xml.sax.saxutils import escape

import yaml

DOCS = pathlib.Path(__file__).resolve().parent.parent / "docs"
FOLDER = DOCS / "figures"

WIDTH, HEIGHT = 168, 84
#: Between boxes: an arrow and its text.
GAP_X, GAP_Y = 128, 72
MARGIN, HEAD = 24, 48
#: The distance between two arrows in opposite directions.
APART = 18

STYLE = """<style>
  text { font: 13px system-ui, sans-serif; fill: #1f2933; text-anchor: middle; }
  .title { font-size: 16px; font-weight: 600; text-anchor: start; }
  .name { font-weight: 600; }
  .note { font-size: 12px; fill: #3e4c59; }
  .left { text-anchor: start; }
  .right { text-anchor: end; }
  .panel { fill: #fbfcfd; stroke: #d9e2ec; }
  .box { fill: #ffffff; stroke: #486581; stroke-width: 1.5; }
  .people { fill: #e3f8ff; stroke: #0b69a3; }
  .cloud { fill: #f0f4f8; stroke: #829ab1; }
  .arrow { stroke: #486581; stroke-width: 1.5; fill: none; }
  .tip { fill: #486581; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f4f8; }
    .note { fill: #bcccdc; }
    .panel { fill: #16191d; stroke: #334e68; }
    .box { fill: #1f2933; stroke: #9fb3c8; }
    .people { fill: #0a3147; stroke: #40c3f7; }
    .cloud { fill: #2b333b; stroke: #829ab1; }
    .arrow { stroke: #9fb3c8; }
    .tip { fill: #9fb3c8; }
  }
</style>"""
TIP = (
    '<defs><marker id="tip" markerWidth="9" markerHeight="9" refX="8" refY="4" orient="auto">'
    '<path class="tip" d="M0,0 L9,4 L0,8 z"/></marker></defs>'
)


def text(x, y, words, sort="note"):
    return f'<text class="{sort}" x="{x:g}" y="{y:g}">{escape(words)}</text>'


def box(x, y, width, height, sort=""):
    return f'<rect class="{f"box {sort}".strip()}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6"/>'


def picture(title, width, height, parts):
    """A complete SVG."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" role="img">',
            f"<title>{escape(title)}</title>",
            STYLE,
            TIP,
            f'<rect class="panel" x="0.5" y="0.5" width="{width - 1:g}" height="{height - 1:g}" rx="8"/>',
            text(MARGIN, 32, title, "title"),
            *parts,
            "</svg>\n",
        ]
    )


class Diagram:
    """Boxes in a grid, and arrows between neighbours.

    source
        ``title``; ``boxes`` by name, each with its column and row (``at``) and its lines, the first of which is its
        name; ``arrows``, lists of two names and a text.
    """

    def __init__(self, source):
        self.title, self.boxes, self.arrows = source["title"], source["boxes"], source["arrows"]
        self.ways = {(start, end) for start, end, _ in self.arrows}

    def svg(self):
        columns, rows = (max(each["at"][axis] for each in self.boxes.values()) + 1 for axis in (0, 1))
        width = 2 * MARGIN + columns * WIDTH + (columns - 1) * GAP_X
        height = HEAD + MARGIN + rows * HEIGHT + (rows - 1) * GAP_Y
        parts = [part for each in self.boxes.values() for part in self._box(each)]
        parts += [part for arrow in self.arrows for part in self._arrow(*arrow)]
        return picture(self.title, width, height, parts)

    def _corner(self, name):
        column, row = self.boxes[name]["at"]
        return MARGIN + column * (WIDTH + GAP_X), HEAD + row * (HEIGHT + GAP_Y)

    def _box(self, described):
        column, row = described["at"]
        x, y = MARGIN + column * (WIDTH + GAP_X), HEAD + row * (HEIGHT + GAP_Y)
        name, *notes = described["lines"]
        yield box(x, y, WIDTH, HEIGHT, described.get("sort", ""))
        first = y + HEIGHT / 2 + 5 - 9 * len(notes)
        yield text(x + WIDTH / 2, first, name, "name")
        for number, note in enumerate(notes, 1):
            yield text(x + WIDTH / 2, first + 18 * number, note)

    def _arrow(self, start, end, words):
        """A straight line if both boxes are in one row or column, otherwise one with a corner."""
        (x1, y1), (x2, y2) = self._corner(start), self._corner(end)
        both = (end, start) in self.ways
        if y1 == y2:
            aside = (APART if x1 > x2 else -APART) if both else 0
            y, left = y1 + HEIGHT / 2 + aside, min(x1, x2) + WIDTH
            ends = (left + 2, left + GAP_X - 2) if x1 < x2 else (left + GAP_X - 2, left + 2)
            yield _line(f"M{ends[0]:g},{y:g} L{ends[1]:g},{y:g}")
            yield text(left + GAP_X / 2, y - 7, words)
        elif x1 == x2:
            aside = (APART if y1 > y2 else -APART) if both else 0
            x, top = x1 + WIDTH / 2 + aside, min(y1, y2) + HEIGHT
            ends = (top + 2, top + GAP_Y - 2) if y1 < y2 else (top + GAP_Y - 2, top + 2)
            yield _line(f"M{x:g},{ends[0]:g} L{x:g},{ends[1]:g}")
            sides = ("note left", 8) if aside >= 0 else ("note right", -8)
            yield text(x + sides[1], top + GAP_Y / 2 + 4, words, sides[0])
        else:
            up = y1 > y2
            x, y = x1 + WIDTH * 2 / 3, y1 if up else y1 + HEIGHT
            turn = y2 + HEIGHT * 3 / 4 if up else y2 + HEIGHT / 4
            yield _line(
                f"M{x:g},{y - 2 if up else y + 2:g} L{x:g},{(y + y2 + HEIGHT) / 2:g} "
                f"L{x2 - GAP_X / 4:g},{(y + y2 + HEIGHT) / 2:g} L{x2 - GAP_X / 4:g},{turn:g} L{x2 - 2:g},{turn:g}"
            )
            yield text((x + x2) / 2, (y + y2 + HEIGHT) / 2 + 16, words)


def _line(path):
    return f'<path class="arrow" d="{path}" marker-end="url(#tip)"/>'


def house(page):
    """The floors, from the table of the page that describes them: each floor may import from lower ones."""
    floors = {}
    for number, package, contents in re.findall(r"^\| (\d+) \| `(\w+)` \| (.+?) \|$", page, re.MULTILINE):
        floors.setdefault(int(number), []).append((package, contents))
    width, height, gap = 900, 44, 8
    parts, y = [], HEAD
    rows = [[("what Salt loads", "_states, _modules, _runners, _grains, _pillar: a few lines each")]]
    rows += [floors[number] for number in sorted(floors, reverse=True)]
    for row in rows:
        wide = (width - gap * (len(row) - 1)) / len(row)
        for place, (package, contents) in enumerate(row):
            x = MARGIN + place * (wide + gap)
            parts.append(box(x, y, wide, height, "people" if package == "what Salt loads" else ""))
            if len(row) == 1:
                parts.append(text(x + 16, y + 27, package, "name left"))
                parts.append(text(x + 150, y + 27, contents.partition(";")[0].replace("`", ""), "note left"))
            else:
                parts.append(text(x + wide / 2, y + 27, package, "name"))
        y += height + gap
    return picture("The house: each floor uses what is below it", width + 2 * MARGIN, y + MARGIN - gap, parts)


def pictures():
    """{path: content}."""
    found = {}
    for source in sorted(FOLDER.glob("*.yaml")):
        found[source.with_suffix(".svg")] = Diagram(yaml.safe_load(source.read_text(encoding="utf-8"))).svg()
    found[FOLDER / "house.svg"] = house((DOCS / "architecture.md").read_text(encoding="utf-8"))
    return found


def main():
    stale = [path for path, svg in pictures().items() if not path.is_file() or path.read_text(encoding="utf-8") != svg]
    if "--check" in sys.argv:
        sys.exit(bool(stale))
    for path in stale:
        path.write_text(pictures()[path], encoding="utf-8")


if __name__ == "__main__":
    main()
