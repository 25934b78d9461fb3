"""The pictograms: one for every code, plain enough to be safe in a page, in one palette and one build."""

import csv
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from wegwijs.guides import pictograms

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "pwa" / "pictograms"
LISTS = ROOT / "backend" / "wegwijs" / "catalogue" / "data"
DRAWINGS = sorted(FOLDER.glob("*.svg"))
CATALOGUE = json.loads((FOLDER / "catalogue.json").read_text(encoding="utf-8"))
SHARED = {name: entry["same_as"] for name, entry in CATALOGUE.items() if "same_as" in entry}
SVG = "{http://www.w3.org/2000/svg}"

GENERAL = {"neutral", "question", "solved", "waiting", "heavy", "no-results", "app"}
MOST_USED = {
    *("HOU.rent_search", "HOU.social", "HOU.subsidy", "WRK.search", "FIN.taxes", "FIN.child_benefit"),
    *("LEG.residence", "LEG.asylum", "LEG.lawyer", "LEG.id_papers", "LEG.nationality", "LEG.appointment"),
    *("TRN.nt2", "TRN.course", "TRN.conversation", "HEA.insurance", "HEA.mental", "EDU.parent_contact"),
}
SIGN_IDS = (
    "house flat-building studio room bed bathroom toilet kitchen stove fridge washing-machine furniture window door "
    "key hand-over-key contract sign-contract landlord tenant agent visit-home fake-advert euro pay-rent "
    "cash-crossed bank transfer blocked-deposit receipt bill benefit heating thermostat electricity gas water meter "
    "meter-photo internet phone call letterbox name-on-letterbox letter insurance fire smoke-detector "
    "carbon-monoxide mould airing damp-wall repair cleaning waste-bag paper glass plastic collection-day noise "
    "quiet-night neighbours greeting town-hall registering police-visit identity-card residence-paper payslip form "
    "stamp waiting-list queue-number calendar clock appointment social-housing-office social-service tenants-union "
    "interpreter help question complaint discrimination fraud no yes school doctor family single baby moving-van "
    "box bus train bicycle map-place language-class work inventory read-together ask-person reception-centre income "
    "household "
)
# What the guides' texts may name; a sign that nobody drew would stop a guide from being published.
SIGNS = {f"sign-{sign}" for sign in SIGN_IDS.split()}
ROOT_ATTRIBUTES = {
    "viewBox": "0 0 64 64",
    "fill": "none",
    "stroke": "currentColor",
    "stroke-width": "3",
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
}
SHAPE_ATTRIBUTES = {
    "path": {"d"},
    "circle": {"cx", "cy", "r"},
    "rect": {"x", "y", "width", "height", "rx"},
}
PAINT_ATTRIBUTES = {"fill", "stroke-width", "stroke-dasharray"}


def codes(list_name: str) -> set[str]:
    with (LISTS / f"{list_name}.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"] for row in csv.DictReader(file)}


def palette() -> set[str]:
    """The colours the sprite knows how to restyle."""
    source = (ROOT / "pwa" / "build" / "sprite.ts").read_text(encoding="utf-8")
    return set(re.findall(r"'(#[0-9A-F]{6})': '[a-z-]+'", source))


@pytest.mark.parametrize("list_name", ["theme", "setting", "action"])
def test_every_code_that_is_tapped_has_a_drawing(list_name: str) -> None:
    drawn = {path.stem for path in DRAWINGS}
    assert {f"{list_name}-{code}" for code in codes(list_name)} <= drawn


def test_the_most_used_subthemes_and_the_states_have_a_drawing() -> None:
    drawn = {path.stem for path in DRAWINGS}
    assert GENERAL | {f"subtheme-{code}" for code in MOST_USED} <= drawn
    assert codes("subtheme") >= MOST_USED


def test_every_sign_of_the_guides_is_drawn_or_shares_a_drawing() -> None:
    assert set(CATALOGUE) >= SIGNS
    for name in SIGNS:
        drawn = pictograms.drawing(name.removeprefix("sign-"))
        assert drawn is not None and (FOLDER / f"{drawn}.svg").is_file(), name


def test_a_shared_drawing_is_one_of_the_log_and_turns_as_it_does() -> None:
    for name, other in SHARED.items():
        assert other in CATALOGUE and other not in SHARED, name
        assert CATALOGUE[name]["mirror"] == CATALOGUE[other]["mirror"], name


def test_a_sign_that_nobody_drew_has_no_drawing() -> None:
    assert pictograms.drawing("unicorn") is None
    assert pictograms.drawing("theme-HOU") == "theme-HOU"
    assert pictograms.drawing("house") == "theme-HOU"
    assert pictograms.drawing("sign-key") == "sign-key"


def test_no_drawing_stands_for_a_code_that_does_not_exist() -> None:
    known = (
        GENERAL
        | SIGNS
        | {f"{name}-{code}" for name in ("theme", "setting", "action", "subtheme") for code in codes(name)}
    )
    assert {path.stem for path in DRAWINGS} <= known


@pytest.mark.parametrize("path", DRAWINGS, ids=lambda path: path.stem)
def test_a_drawing_is_plain_shapes_in_the_palette(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)
    assert root.tag == f"{SVG}svg"
    assert root.attrib == ROOT_ATTRIBUTES
    fills = set()
    for shape in root:
        name = shape.tag.removeprefix(SVG)
        assert name in SHAPE_ATTRIBUTES, f"<{name}>"
        assert set(shape.attrib) <= SHAPE_ATTRIBUTES[name] | PAINT_ATTRIBUTES
        assert len(shape) == 0
        assert not (shape.text or "").strip()
        fills |= {shape.attrib["fill"]} if "fill" in shape.attrib else set()
    assert fills <= palette()
    assert len(fills) <= 6
    assert len(text) <= 950


@pytest.mark.parametrize("path", DRAWINGS, ids=lambda path: path.stem)
def test_a_drawing_lies_on_its_grid(path: Path) -> None:
    """Circles and rectangles end before the edge, so that no line is cut."""
    for shape in ElementTree.fromstring(path.read_text(encoding="utf-8")):
        numbers = {key: float(value) for key, value in shape.attrib.items() if re.fullmatch(r"[\d.]+", value)}
        half = numbers.get("stroke-width", 3) / 2
        if shape.tag == f"{SVG}circle":
            assert numbers["r"] + half <= min(numbers["cx"], numbers["cy"])
            assert max(numbers["cx"], numbers["cy"]) + numbers["r"] + half <= 64
        elif shape.tag == f"{SVG}rect":
            assert min(numbers["x"], numbers["y"]) >= half
            assert max(numbers["x"] + numbers["width"], numbers["y"] + numbers["height"]) + half <= 64


def test_the_catalogue_describes_exactly_the_drawings() -> None:
    assert set(CATALOGUE) - set(SHARED) == {path.stem for path in DRAWINGS}
    for name, entry in CATALOGUE.items():
        assert set(entry) - {"same_as"} == {"keywords", "alt", "mirror", "recognised"}, name
        assert entry["keywords"] and all(word.strip() == word != "" for word in entry["keywords"]), name
        assert entry["alt"].strip(), name
        assert isinstance(entry["mirror"], bool), name
        assert entry["recognised"] in (None, True, False), name


def test_what_cannot_be_read_in_a_mirror_is_not_mirrored() -> None:
    signs = ("euro", "clock", "tick", "letters", "alphabet", "at sign", "information")
    for name, entry in CATALOGUE.items():
        assert not (entry["mirror"] and any(sign in entry["keywords"] for sign in signs)), name


def test_a_dark_theme_restyles_every_colour() -> None:
    sprite = (ROOT / "pwa" / "build" / "sprite.ts").read_text(encoding="utf-8")
    names = set(re.findall(r"'#[0-9A-F]{6}': '([a-z-]+)'", sprite))
    css = (ROOT / "pwa" / "src" / "look" / "pictograms.css").read_text(encoding="utf-8")
    by_choice = css.split("[data-theme='dark']")[1]
    by_system = css.split("[data-theme='dark']")[0]
    assert names
    for block in (by_choice, by_system):
        assert set(re.findall(r"--pic-([a-z-]+):", block)) == names
