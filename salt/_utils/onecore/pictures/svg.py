"""Elements of SVG pictures for browsers. Text from a cloud is escaped."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

#: The colours follow the reader's light or dark mode; printed pictures are light.
STYLE = """
text{font:12px system-ui,sans-serif;fill:#222}.small{font-size:10px;fill:#666}.strong{font-weight:600}
.title{font-size:15px;font-weight:600}.box{fill:#fff;stroke:#888}.wire{stroke:#999}.lane{stroke-width:4}
.frame{fill:none;stroke:#ccc}.pass{fill:none;stroke-width:1.5}.sheet{fill:#fff}.free{fill:#e9e9ec}
@media (prefers-color-scheme:dark){text{fill:#e6e6e6}.small{fill:#a8a8a8}.box{fill:#2a2a2e;stroke:#777}
.wire{stroke:#777}.frame{stroke:#444}.sheet{fill:#18181b}.free{fill:#303036}}
""".strip()


def document(width: float, height: float, title: str, parts: Iterable[str]) -> str:
    """A picture as a separate file."""
    box = f"0 0 {width:g} {height:g}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" width="{width:g}" height="{height:g}" role="img">\n'
        f"{hint(title)}<style>{STYLE}</style>\n"
        f'<rect class="sheet" width="{width:g}" height="{height:g}"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def element(name: str, content: str = "", /, **attributes: object) -> str:
    """One element; ``content`` is markup already. ``class_`` and ``stroke_width`` become ``class`` and
    ``stroke-width``."""
    said = "".join(f" {key.rstrip('_').replace('_', '-')}={quoteattr(_text(each))}" for key, each in attributes.items())
    return f"<{name}{said}>{content}</{name}>" if content else f"<{name}{said}/>"


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def text(x: float, y: float, said: object, style: str = "", anchor: str = "start") -> str:
    """A text."""
    return element("text", escape(_printable(str(said))) or " ", x=x, y=y, class_=style, text_anchor=anchor)


def hint(said: object) -> str:
    """A tooltip of an element."""
    return f"<title>{escape(_printable(str(said)))}</title>"


def _printable(said: str) -> str:
    """The text without characters that XML does not allow."""
    return "".join(each if each.isprintable() or each == " " else "?" for each in said)


def hue(name: str) -> str:
    """A colour for each name, the same in every picture."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:2], "big")
    return f"hsl({number % 360},55%,{42 + number % 3 * 8}%)"


def distinct_colours(names: Sequence[str]) -> dict[str, str]:
    """A colour for each name of one picture; neighbours have colours that are easy to distinguish, and none is the red
    of errors."""
    # The golden angle: each new colour is in the widest gap between the colours before it.
    return {
        name: f"hsl({20 + (number * 197.77) % 320:g},{(60, 45, 75)[number % 3]}%,{(45, 60, 33)[number % 3]}%)"
        for number, name in enumerate(names)
    }
