"""Draws what is made from the pictograms: the contact sheet in docs/ and the app's icons.

Run it after a drawing changed: `.venv/bin/python scripts/draw_pictograms.py`. It needs a Chromium.
"""

import html
import re
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
DRAWINGS = ROOT / "pwa" / "pictograms"
ICONS = ROOT / "pwa" / "public" / "icons"
SHEET = ROOT / "docs" / "pictograms" / "log.png"
CHROMIUM = "/usr/bin/chromium"
SIGN_BLUE = "#0A5C9E"

# How much of the icon's side the sign takes. A launcher may cut a maskable icon to a circle of 80 % of its side.
ROUNDED, CUT = 0.78, 0.7

SHEET_STYLE = """
body { margin: 0; font: 13px/1.3 sans-serif; }
section { display: flex; flex-wrap: wrap; gap: 18px 14px; padding: 20px; color: var(--ink); background: var(--paper); }
figure { margin: 0; width: 256px; }
.row { width: auto; }
figure svg { margin-inline-end: 6px; }
.light { --paper: #FBFAF6; --ink: #16213A; }
.dark { --paper: #12161F; --ink: #F3F1EA; DARK }
.sunlight { --paper: #FFF; --ink: #000; }
"""


def themed(svg: str) -> str:
    """The drawing as it is in the sprite: each colour is a custom property."""
    sprite = (ROOT / "pwa" / "build" / "sprite.ts").read_text()
    for colour, name in re.findall(r"'(#[0-9A-F]{6})': '([a-z-]+)'", sprite):
        svg = svg.replace(f'"{colour}"', f'"var(--pic-{name},{colour})"')
    return svg


def sized(svg: str, size: float) -> str:
    return svg.replace("<svg ", f'<svg width="{size:g}" height="{size:g}" ', 1)


def contact_sheet() -> str:
    """Every drawing at 160, 48 and 24 px on light, then at 48 and 24 px on dark and in sunlight."""
    css = (ROOT / "pwa" / "src" / "look" / "pictograms.css").read_text()
    dark = " ".join(re.findall(r"--pic-[a-z-]+: #[0-9a-f]{6};", css.split("data-theme='dark'")[1]))
    drawings = {path.stem: themed(path.read_text()) for path in sorted(DRAWINGS.glob("*.svg"))}

    def figures(sizes: tuple[int, ...], named: bool) -> str:
        return "".join(
            f'<figure class="{"" if named else "row"}">'
            + "".join(sized(svg, size) for size in sizes)
            + (f"<figcaption>{html.escape(name)}</figcaption>" if named else "")
            + "</figure>"
            for name, svg in drawings.items()
        )

    return (
        f"<!doctype html><meta charset=utf-8><style>{SHEET_STYLE.replace('DARK', dark)}</style>"
        f'<section class="light">{figures((160, 48, 24), True)}</section>'
        f'<section class="dark">{figures((48, 24), False)}</section>'
        f'<section class="sunlight">{figures((48, 24), False)}</section>'
    )


def icon(size: int, part: float, rounded: bool) -> str:
    """The signpost in white and yellow on sign blue, as one SVG of `size` pixels."""
    sign = (DRAWINGS / "app.svg").read_text().replace("currentColor", "#FFFFFF").replace("#8EC5EE", "#FFFFFF")
    sign = sign.replace("<svg ", f'<svg x="{32 - 32 * part:g}" y="{32 - 32 * part:g}" ', 1)
    rounding = ' rx="14"' if rounded else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 64 64">\n'
        f'<rect width="64" height="64"{rounding} fill="{SIGN_BLUE}"/>\n'
        f"{sized(sign, 64 * part)}</svg>\n"
    )


def shoot(browser: Browser, content: str, path: Path, width: int, height: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_content(content)
    page.screenshot(path=path, full_page=True, omit_background=True)
    page.close()


def main() -> None:
    ICONS.mkdir(parents=True, exist_ok=True)
    SHEET.parent.mkdir(parents=True, exist_ok=True)
    (ICONS / "favicon.svg").write_text(icon(64, ROUNDED, rounded=True))
    pictures = {f"icon-{size}.png": icon(size, ROUNDED, rounded=True) for size in (192, 512)}
    pictures |= {f"maskable-{size}.png": icon(size, CUT, rounded=False) for size in (192, 512)}
    pictures["apple-touch-icon.png"] = icon(180, CUT, rounded=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for name, svg in pictures.items():
            side = int(svg.split('width="', 1)[1].split('"', 1)[0])
            page = f"<!doctype html><style>body{{margin:0}}svg{{display:block}}</style>{svg}"
            shoot(browser, page, ICONS / name, side, side)
        shoot(browser, contact_sheet(), SHEET, 1400, 400)
        browser.close()


if __name__ == "__main__":
    main()
