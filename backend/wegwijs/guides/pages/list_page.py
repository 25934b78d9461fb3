"""The way in: languages by their own names, each with a button that says it, then the guides in that language."""

from collections.abc import Sequence
from datetime import date

from wegwijs.guides.document import Guide
from wegwijs.guides.pages.blocks import Reading
from wegwijs.guides.pages.built import Built
from wegwijs.guides.pages.drawings import drawing
from wegwijs.guides.pages.facts import PublicFacts
from wegwijs.guides.pages.frame import document
from wegwijs.guides.pages.guide_page import offered_languages
from wegwijs.guides.pages.html import Html, join, tag
from wegwijs.guides.pages.icons import icon
from wegwijs.guides.pages.languages import Language, languages
from wegwijs.guides.pages.words import words


def language_page(built: Built, guides: Sequence[Guide], facts: PublicFacts, said_in: str, code: str | None) -> Html:
    """All languages of the guides (or of one, by its `code`). `said_in`: the language of the few words around them."""
    shown = [guide for guide in guides if code in (None, guide.code)]
    known = {one.tag for guide in shown for one in offered_languages(guide)}
    rows = [
        _row(one, f"/g/{code}/{one.tag}" if code else f"/g/{one.tag}")
        for one in languages().values()
        if one.tag in known
    ]
    sign = shown[0].steps[0].signs[0].id if code and shown else "theme-HOU"
    _ = words(said_in).html
    heading = tag("h1", _("Languages"), class_="unseen")
    voice = tag("button", icon("sound"), _("Let this phone read aloud"), type="button", class_="voice-on", hidden=True)
    body = join(
        tag("header", drawing(sign, class_="sign small-sign"), tag("p", facts.name, class_="where"), class_="bar top"),
        tag("main", heading, _missing(said_in), voice, tag("ul", *rows, class_="languages"), id="steps"),
    )
    return document(built, said_in, languages()[said_in].dir, facts.name, body, class_="list", script=True)


def _row(one: Language, href: str) -> Html:
    say = tag("button", icon("sound"), type="button", class_="sound say", hidden=True, aria_label=one.own_name)
    return tag("li", say, tag("a", one.own_name, href=href, hreflang=one.tag), lang=one.tag, dir=one.dir)


def _missing(said_in: str) -> Html:
    """Shown by the script when the service worker gives this page for one that the phone does not have."""
    _ = words(said_in).html
    return tag(
        "p", _("This page is not on this phone, and there is no network now."), class_="notice not-kept", hidden=True
    )


def guides_page(built: Built, guides: Sequence[Guide], facts: PublicFacts, tag_: str, today: date) -> Html:
    """The guides that can be read in a language."""
    _, _plain = words(tag_).html, words(tag_).plain
    rows = [_guide(guide, tag_, today) for guide in guides if tag_ in {one.tag for one in offered_languages(guide)}]
    back = tag("a", icon("previous"), class_="round", href="/g/", aria_label=_plain("Languages"))
    body = join(
        tag("header", back, tag("p", facts.name, class_="where"), class_="bar top"),
        tag(
            "main",
            tag("h1", _("What do you want to know?")),
            _missing(tag_),
            tag("ul", *rows, class_="guides"),
            tag("p", tag("a", _("About these pages"), href=f"/g/about/{tag_}"), class_="about-link"),
            id="steps",
        ),
    )
    return document(
        built, tag_, languages()[tag_].dir, _plain("What do you want to know?"), body, class_="list", script=True
    )


def _guide(guide: Guide, tag_: str, today: date) -> Html:
    reading = Reading(guide, tag_)
    _ = words(tag_).html
    signs = [drawing(sign.id, sign.overlay) for sign in guide.steps[0].signs[:1]]
    old = (
        tag("span", icon("clock"), _("This page may be out of date."), class_="old")
        if today > guide.check_again_by
        else None
    )
    told = tag(
        "span", tag("strong", reading.said("title")), tag("span", reading.said("summary")), old, class_="told-of"
    )
    return tag("li", tag("a", *signs, told, href=f"/g/{guide.code}/{tag_}"))
