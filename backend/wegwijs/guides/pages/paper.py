"""A guide on paper, A4, one language or two side by side: the same blocks as on the screen, with QR code and dates."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from wegwijs.guides.document import Guide, Step
from wegwijs.guides.pages.ask import place
from wegwijs.guides.pages.blocks import Reading
from wegwijs.guides.pages.drawings import drawing
from wegwijs.guides.pages.facts import PublicFacts
from wegwijs.guides.pages.frame import names_of
from wegwijs.guides.pages.html import Html, escaped, join, tag
from wegwijs.guides.pages.icons import icon
from wegwijs.guides.pages.languages import languages
from wegwijs.guides.pages.qr import qr_code
from wegwijs.guides.pages.words import words

STYLE = Path(__file__).parent / "paper.css"


def paper(guide: Guide, facts: PublicFacts, shown: Sequence[str], address: str, today: date) -> Html:
    """The document that becomes the PDF. Titles and chapters stand in every language shown, one after another."""
    readings = [Reading(guide, one) for one in shown]
    body = join(_head(guide, readings, address, today), *_chapters(guide, readings), _foot(facts, readings[-1]))
    head = join(tag("meta", charset="utf-8"), tag("title", _title(readings)))
    first = readings[0].language
    page = tag(
        "html", tag("head", head), tag("body", body, class_=f"shown-{len(shown)}"), lang=first.tag, dir=first.dir
    )
    return Html("<!doctype html>\n" + page)


def _title(readings: Sequence[Reading]) -> str:
    own = (reading.own("title") for reading in readings)
    return " · ".join(text.text for text in own if text is not None) or readings[0].guide.code


def _in_each(readings: Sequence[Reading], message: str) -> Iterator[Html]:
    for reading in readings:
        yield tag("span", reading.said(message), lang=reading.tag, dir=reading.language.dir)


def _head(guide: Guide, readings: Sequence[Reading], address: str, today: date) -> Html:
    told = []
    for reading in readings:
        said = words(reading.tag)
        _ = said.html
        lines = [
            join(_("As it was on:"), " ", said.date(guide.valid_as_of)),
            join(_("We check it again before:"), " ", said.date(guide.check_again_by)),
        ]
        if today > guide.check_again_by:
            lines.insert(0, tag("strong", _("This page may be out of date.")))
        told.append(tag("p", *(tag("span", line) for line in lines), lang=reading.tag, dir=reading.language.dir))
    return tag(
        "header",
        tag(
            "div",
            qr_code(address),
            tag("p", tag("bdi", escaped(address.partition("://")[2]), dir="ltr")),
            class_="code",
        ),
        tag("h1", *_in_each(readings, "title")),
        tag("p", names_of([reading.tag for reading in readings]), class_="names"),
        tag("div", *told, class_="dates"),
    )


def _chapters(guide: Guide, readings: Sequence[Reading]) -> Iterator[Html]:
    number = 0
    for section in guide.sections:
        yield tag("h2", *_in_each(readings, f"section.{section.id}"))
        for step in section.steps:
            number += 1
            yield _step(step, number, readings, guide)


def _step(step: Step, number: int, readings: Sequence[Reading], guide: Guide) -> Html:
    blocks = [reading.block(step) for reading in readings]
    if all(block.missing for block in blocks):
        blocks.append(Reading(guide, guide.source).block(step))
    signs = (drawing(sign.id, sign.overlay, paper=True) for sign in step.signs)
    warning = icon("warning") if step.kind == "warning" else None
    return tag(
        "section",
        tag("div", tag("p", str(number), class_="number"), warning, tag("div", *signs, class_="signs"), class_="left"),
        tag("div", *(Html(block.html) for block in blocks), class_="texts"),
        class_=f"step {step.kind}",
    )


def _foot(facts: PublicFacts, reading: Reading) -> Html:
    said = words(reading.tag)
    _ = said.html
    places = [place(said, one, paper=True) for one in facts.places[:1]]
    heading = tag("h2", _("Ask a person"))
    return tag(
        "footer",
        heading if places else None,
        *places,
        tag("p", facts.name),
        lang=reading.tag,
        dir=languages()[reading.tag].dir,
    )
