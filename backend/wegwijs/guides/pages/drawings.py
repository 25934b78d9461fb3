"""The pictograms as inline SVG: on the screen their colours are tokens that a dark theme restyles, on paper plain ones.

They are laid into the page, not fetched: a guide needs some thirty of them, and packed with the page's words each costs
next to nothing, while the whole sprite is many times the guide.
"""

import re
from functools import cache
from types import MappingProxyType
from typing import Final

import msgspec

from wegwijs.guides import pictograms
from wegwijs.guides.pages.html import Html

# The palette of pwa/build/sprite.ts; a test compares them.
COLOURS: Final = MappingProxyType(
    {
        "#F5B700": "yellow",
        "#8EC5EE": "blue",
        "#9AD3AE": "green",
        "#F0968B": "red",
        "#FFFFFF": "paper",
        "#C9C4B8": "grey",
        "#F2D0B0": "skin-light",
        "#C98E62": "skin-middle",
        "#8A5A3C": "skin-dark",
    }
)
INK: Final = "#16213A"
NEUTRAL: Final = "neutral"
_COLOUR = re.compile(r"#[0-9A-F]{6}\b")
_DRAWING = re.compile(r"<svg xmlns=\"[^\"]*\" ([^>]*)>(.*)</svg>\s*", re.DOTALL)

# Red stands only for what must not be done: the cross over a drawing.
_CROSS: Final = "#B3261E"
_ON_SCREEN: Final = MappingProxyType({**COLOURS, _CROSS: "cross"})

# Marks in the corner of a drawing, on its 64 x 64 grid. The ring round them lifts them off what lies below.
_OVERLAYS: Final = MappingProxyType(
    {
        "check": '<circle cx="50" cy="50" r="12" fill="#9AD3AE"/><path d="m44 50 4.5 4.5 8-9"/>',
        "cross": '<path d="M6 6 58 58" stroke="#B3261E" stroke-width="5.5"/>',
        "clock": '<circle cx="50" cy="50" r="12" fill="#FFFFFF"/><path d="M50 43v7l5 3"/>',
        "arrow": '<circle cx="50" cy="50" r="12" fill="#8EC5EE"/><path d="M44 50h12M51.5 45l5 5-5 5"/>',
    }
)


class _Drawing(msgspec.Struct, frozen=True):
    attributes: str
    body: str
    mirror: bool


@cache
def _all() -> dict[str, _Drawing]:
    folder = pictograms.folder()
    catalogue = msgspec.json.decode((folder / "catalogue.json").read_bytes(), type=dict[str, dict[str, object]])
    found = {}
    for path in sorted(folder.glob("*.svg")):
        parts = _DRAWING.fullmatch(path.read_text(encoding="utf-8"))
        if parts is None:
            raise ValueError(f"{path.name} is not one plain <svg> element")
        body = re.sub(r"\n\s*", "", parts[2])
        found[path.stem] = _Drawing(parts[1], body, bool(catalogue.get(path.stem, {}).get("mirror")))
    return found


def drawing(sign: str, overlay: str | None = None, *, paper: bool = False, class_: str = "sign") -> Html:
    """The drawing as decoration beside its words. A sign that nobody has drawn gets the neutral one."""
    found = _all()[pictograms.drawing(sign) or NEUTRAL]
    body, attributes = found.body + (_OVERLAYS[overlay] if overlay else ""), found.attributes
    if paper:
        attributes, body = attributes.replace("currentColor", INK), body.replace("currentColor", INK)
    else:
        body = _COLOUR.sub(lambda colour: f"var(--pic-{_ON_SCREEN[colour[0]]},{colour[0]})", body)
    # A mark (a tick, a clock) reads the same in every script.
    mirror = " mirror" if found.mirror and not overlay else ""
    return Html(f'<svg class="{class_}{mirror}" {attributes} aria-hidden="true">{body}</svg>')
