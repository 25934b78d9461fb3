"""The parts that the guide pages are built of: markup that cannot be unsafe, drawings, and the palette."""

import re
from pathlib import Path

import pytest

from wegwijs.demo.public import public_facts
from wegwijs.guides import pictograms
from wegwijs.guides.pages.ask import cards
from wegwijs.guides.pages.drawings import COLOURS, drawing
from wegwijs.guides.pages.html import Html, fill, join, slot, tag
from wegwijs.guides.pages.icons import _PATHS, icon
from wegwijs.guides.pages.qr import qr_code
from wegwijs.guides.pages.words import words

ROOT = Path(__file__).parents[2]


def test_text_is_escaped_wherever_it_stands() -> None:
    assert tag("p", "<b>'\"&", title="<\"'&") == ('<p title="&lt;&quot;&#39;&amp;">&lt;b&gt;&#39;&quot;&amp;</p>')
    assert join("a<", None, Html("<i>")) == "a&lt;<i>"
    assert (
        tag("button", hidden=True, disabled=False, value=None, tabindex=-1) == '<button hidden tabindex="-1"></button>'
    )


@pytest.mark.parametrize(
    ("name", "attributes"),
    [
        ("a", {"href": "javascript:alert(1)"}),
        ("a", {"href": " javascript:alert(1)"}),
        ("a", {"href": "//elsewhere.example"}),
        ("img", {"src": "data:text/html,x"}),
        ("p", {"onclick": "x"}),
        ("p", {"style": "color:red"}),
        ("iframe", {}),
        ("style", {}),
        ("p x", {}),
    ],
)
def test_what_the_policy_would_refuse_cannot_be_built(name: str, attributes: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        tag(name, **attributes)


def test_an_inline_script_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="inline"):
        tag("script", "alert(1)")


def test_slots_are_filled_once_and_cannot_be_typed() -> None:
    layout = tag("p", slot("a"), " \ue000b\ue001 ", title=slot("b"))
    assert fill(layout, {"a": "<i>\ue000b\ue001</i>", "b": "B"}) == '<p title="B"><i>\ue000b\ue001</i> b </p>'
    with pytest.raises(KeyError):
        fill(layout, {"a": ""})


def test_the_palette_is_that_of_the_sprite() -> None:
    sprite = (ROOT / "pwa" / "build" / "sprite.ts").read_text(encoding="utf-8")
    assert dict(re.findall(r"'(#[0-9A-F]{6})': '([a-z-]+)'", sprite)) == dict(COLOURS)


def test_on_the_screen_every_colour_is_a_token_and_on_paper_none() -> None:
    screen, paper = drawing("theme-HOU", "cross"), drawing("theme-HOU", "cross", paper=True)
    assert not re.sub(r"var\(--pic-[a-z-]+,#[0-9A-F]{6}\)", "", screen).count("#")
    assert "var(" not in paper and "currentColor" not in paper and "#B3261E" in paper


def test_every_sign_and_mark_can_be_drawn() -> None:
    for name in _PATHS:
        assert "<path" in icon(name)
    for overlay in ("check", "cross", "clock", "arrow"):
        assert len(drawing("theme-HOU", overlay)) > len(drawing("theme-HOU"))
    assert drawing("nobody-drew-this") == drawing("neutral")


def test_every_sign_of_the_pages_themselves_has_been_drawn() -> None:
    signs = {sign for _, sign, _ in cards(words("nl"))} | {"ask-person", "read-together", "theme-HOU"}
    signs |= {landmark.sign for place in public_facts().places for landmark in place.way}
    assert {sign for sign in signs if pictograms.drawing(sign) is None} == set()


def test_a_code_is_square_black_and_quiet() -> None:
    code = qr_code("https://gids.voorbeeld.be/g/rent/nl+ar")
    assert 'viewBox="0 0 37 37"' in code and "#000000" in code and "#FFFFFF" in code
