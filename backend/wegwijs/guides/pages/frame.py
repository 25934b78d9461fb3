"""What all pages have around them: the head, names of languages, and the notice that a text may be out of date."""

from collections.abc import Sequence
from datetime import date

from wegwijs.guides.pages.built import Built
from wegwijs.guides.pages.drawings import drawing
from wegwijs.guides.pages.html import Attribute, Html, join, slot, tag
from wegwijs.guides.pages.icons import icon
from wegwijs.guides.pages.languages import languages
from wegwijs.guides.pages.words import Speaker


def document(
    built: Built, lang: str, dir_: str, title: str, body: Html, *, class_: str, script: bool, **data: Attribute
) -> Html:
    """A whole page. It asks for one style sheet, one script, and the fonts of its letters; nothing from elsewhere."""
    head = join(
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1, viewport-fit=cover"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="theme-color", content="#fbfaf6", media="(prefers-color-scheme: light)"),
        tag("meta", name="theme-color", content="#12161f", media="(prefers-color-scheme: dark)"),
        tag("title", title),
        tag("link", rel="icon", href="/icons/favicon.svg", type="image/svg+xml"),
        tag("link", rel="stylesheet", href=built.style) if built.style else None,
        tag("script", type="module", src=built.script) if script and built.script else None,
    )
    page = tag("html", tag("head", head), tag("body", body, class_=class_, **data), lang=lang, dir=dir_)
    return Html("<!doctype html>\n" + page)


def own_name(tag_: str) -> Html:
    """A language by its own name, in its own direction."""
    known = languages()[tag_]
    return tag("bdi", known.own_name, lang=known.tag, dir=known.dir)


def names_of(shown: Sequence[str]) -> Html:
    """The names of the languages that a page is in: `Nederlands · العربية`."""
    return join(
        *(
            piece
            for number, one in enumerate(shown)
            for piece in ((" · ", own_name(one)) if number else (own_name(one),))
        )
    )


def stale_notice(speaker: Speaker, check_again_by: date) -> Html:
    """Shown when the slot `overdue` says so: the day by which somebody should have checked the guide is past."""
    _ = speaker.html
    said = join(
        tag("strong", _("This page may be out of date.")),
        " ",
        _("It was to be checked before:"),
        " ",
        speaker.date(check_again_by),
    )
    return tag("div", icon("clock"), tag("p", said), class_=Html(f"notice stale {slot('overdue')}"))


def sign_heading(sign: str, text: Html) -> Html:
    """A heading with its pictogram."""
    return tag("h2", drawing(sign, class_="sign small-sign"), text)
