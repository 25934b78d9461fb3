"""QR codes as inline SVG: one path, black on white on every background, as scanners want them."""

from functools import lru_cache

import segno

from wegwijs.guides.pages.html import Html

LONGEST = 42
"""Signs of an address that still fit a code of version 3 in error level M, which old phones read from paper."""
_QUIET = 4


@lru_cache(maxsize=512)
def qr_code(address: str) -> Html:
    """The code of an address, with the quiet zone that scanners need."""
    rows = [list(row) for row in segno.make_qr(address, error="m", boost_error=False).matrix]
    side = len(rows) + 2 * _QUIET
    path = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            if not row[x]:
                x += 1
                continue
            run = next((n for n in range(x, len(row)) if not row[n]), len(row)) - x
            path.append(f"M{x + _QUIET} {y + _QUIET}h{run}v1h-{run}z")
            x += run
    return Html(
        f'<svg class="qr" viewBox="0 0 {side} {side}" shape-rendering="crispEdges" aria-hidden="true">'
        f'<path d="M0 0h{side}v{side}h-{side}z" fill="#FFFFFF"/><path d="{"".join(path)}" fill="#000000"/></svg>'
    )
