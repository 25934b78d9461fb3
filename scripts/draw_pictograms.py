"""Draws what is made from the pictograms: the contact sheets in docs/ and the app's icons. It needs a Chromium.

python scripts/draw_pictograms.py                        after a drawing changed
python scripts/draw_pictograms.py --blind 7 --into DIR   numbered sheets without names, to ask people what they see;
                                                         7 decides the order, key.txt says which number is which
"""

import argparse
import html
import json
import random
import re
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
DRAWINGS = ROOT / "pwa" / "pictograms"
ICONS = ROOT / "pwa" / "public" / "icons"
SHEETS = ROOT / "docs" / "pictograms"
CHROMIUM = "/usr/bin/chromium"
ON_A_SHEET = 30
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


def names() -> tuple[list[str], list[str]]:
    """The drawings of the log, and those that guides show: in the catalogue's order, without what they share."""
    catalogue = json.loads((DRAWINGS / "catalogue.json").read_text(encoding="utf-8"))
    drawn = [name for name, entry in catalogue.items() if "same_as" not in entry]
    return [name for name in drawn if not name.startswith("sign-")], [
        name for name in drawn if name.startswith("sign-")
    ]


def contact_sheet(shown: Sequence[str]) -> str:
    """Each drawing at 160, 48 and 24 px on light, then at 48 and 24 px on dark and in sunlight."""
    css = (ROOT / "pwa" / "src" / "look" / "pictograms.css").read_text()
    dark = " ".join(re.findall(r"--pic-[a-z-]+: #[0-9a-f]{6};", css.split("data-theme='dark'")[1]))
    drawings = {name: themed((DRAWINGS / f"{name}.svg").read_text()) for name in shown}

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


def blind_sheet(numbered: Sequence[tuple[int, str]]) -> str:
    """Numbered drawings without their names, large enough to say what they show."""
    figures = "".join(
        f"<figure>{sized((DRAWINGS / f'{name}.svg').read_text(), 160)}<figcaption>{number}</figcaption></figure>"
        for number, name in numbered
    )
    style = SHEET_STYLE + "figure { width: 180px; } figcaption { font-size: 20px; }"
    return f'<!doctype html><meta charset=utf-8><style>{style}</style><section class="light">{figures}</section>'


def ask_blindly(browser: Browser, order: int, folder: Path) -> None:
    """Sheets of twelve of the guides' signs in a random order, and the key to them."""
    folder.mkdir(parents=True, exist_ok=True)
    signs = names()[1]
    random.Random(order).shuffle(signs)
    numbered = list(enumerate(signs, start=1))
    for page, first in enumerate(range(0, len(numbered), 12), start=1):
        shoot(browser, blind_sheet(numbered[first : first + 12]), folder / f"blind-{page}.png", 820, 400)
    (folder / "key.txt").write_text("".join(f"{number} {name}\n" for number, name in numbered), encoding="utf-8")


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


def draw_all(browser: Browser) -> None:
    ICONS.mkdir(parents=True, exist_ok=True)
    SHEETS.mkdir(parents=True, exist_ok=True)
    (ICONS / "favicon.svg").write_text(icon(64, ROUNDED, rounded=True))
    pictures = {f"icon-{size}.png": icon(size, ROUNDED, rounded=True) for size in (192, 512)}
    pictures |= {f"maskable-{size}.png": icon(size, CUT, rounded=False) for size in (192, 512)}
    pictures["apple-touch-icon.png"] = icon(180, CUT, rounded=False)
    for name, svg in pictures.items():
        side = int(svg.split('width="', 1)[1].split('"', 1)[0])
        page = f"<!doctype html><style>body{{margin:0}}svg{{display:block}}</style>{svg}"
        shoot(browser, page, ICONS / name, side, side)
    for kind, drawn in zip(("log", "signs"), names(), strict=True):
        for number, first in enumerate(range(0, len(drawn), ON_A_SHEET), start=1):
            sheet = contact_sheet(drawn[first : first + ON_A_SHEET])
            shoot(browser, sheet, SHEETS / f"{kind}-{number}.png", 1400, 400)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blind", type=int, metavar="ORDER", help="numbered sheets without names instead")
    parser.add_argument("--into", type=Path, default=Path("blind"), help="folder for those sheets")
    arguments = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        if arguments.blind is None:
            draw_all(browser)
        else:
            ask_blindly(browser, arguments.blind, arguments.into)
        browser.close()


if __name__ == "__main__":
    main()
