"""Small signs of the pages, on a 24 x 24 grid with strokes of 2. Beside a word, or in a control with a label."""

from types import MappingProxyType
from typing import Final

from wegwijs.guides.pages.html import Html

_PATHS: Final = MappingProxyType(
    {
        "close": ("M6 6l12 12", "M18 6 6 18"),
        "next": ("M5 12h14", "M13 6l6 6-6 6"),
        "previous": ("M19 12H5", "M11 6l-6 6 6 6"),
        "down": ("M6 9.5l6 6 6-6",),
        "check": ("M4.5 12.5 10 18 19.5 7",),
        "question": ("M9 9.2a3 3 0 1 1 4.3 2.7c-.9.5-1.3 1-1.3 2.1", "M12 17.5v.1"),
        "sound": ("M4 9.5v5h3.5L12 19V5L7.5 9.5Z", "M15.5 9a4.2 4.2 0 0 1 0 6", "M18 6.5a7.5 7.5 0 0 1 0 11"),
        "share": ("M12 15V4", "M7.5 8 12 3.5 16.5 8", "M6 11H5v9h14v-9h-1"),
        "copy": ("M9 9h11v11H9Z", "M15 9V4H4v11h5"),
        "print": ("M7 9V4h10v5", "M7 17H4V9h16v8h-3", "M7 14h10v6H7Z"),
        "paper": ("M6 3h8l5 5v13H6Z", "M14 3v5h5"),
        "keep": ("M12 4v11", "M7.5 11l4.5 4.5 4.5-4.5", "M5 20h14"),
        "bin": ("M4 7h16", "M9.5 7V4.5h5V7", "M6 7l1 13h10l1-13"),
        "clock": ("M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z", "M12 7v5.2l3.4 2"),
        "warning": ("M12 4 2.5 20h19Z", "M12 10v5", "M12 17.6v.1"),
        "machine": ("M5 8h14v10H5Z", "M12 8V4.5", "M9 12v1.5", "M15 12v1.5", "M2.5 12v3", "M21.5 12v3"),
        "newer": ("M20 5v5h-5", "M19.5 10A8 8 0 1 0 20 13.5"),
        "person": ("M16 8a4 4 0 1 1-8 0 4 4 0 0 1 8 0Z", "M4.5 20.5c0-4 3.3-6.5 7.5-6.5s7.5 2.5 7.5 6.5"),
        "beside": ("M4 5h7v14H4Z", "M13 5h7v14h-7Z"),
        "phone": (
            "M5 4h4l1.5 5-2.5 1.7a13 13 0 0 0 5.3 5.3L15 13.5l5 1.5v4a1.5 1.5 0 0 1-1.6 1.5"
            "A15 15 0 0 1 3.5 5.6 1.5 1.5 0 0 1 5 4Z",
        ),
    }
)
# As attributes, because on paper no style sheet reaches into a drawing.
_STROKES: Final = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
# They point along the line of writing, and so turn with it.
_MIRRORED: Final = frozenset({"next", "previous"})


def icon(name: str) -> Html:
    """One small sign. Raises KeyError for one that there is not."""
    paths = "".join(f'<path d="{path}"/>' for path in _PATHS[name])
    mirror = " mirror" if name in _MIRRORED else ""
    return Html(f'<svg class="icon{mirror}" viewBox="0 0 24 24" {_STROKES} aria-hidden="true">{paths}</svg>')
