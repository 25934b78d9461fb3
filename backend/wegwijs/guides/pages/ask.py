"""Asking a person: where they sit, the way there in pictures, when, in which languages, and cards to show at a counter.

Who cannot speak the language of a counter shows a card: the sentence large in that language, the own one under it.
"""

from collections.abc import Callable, Iterator
from typing import TypeVar

from wegwijs.guides.pages.drawings import drawing
from wegwijs.guides.pages.facts import Hours, Place, PublicFacts, ReadyCard
from wegwijs.guides.pages.frame import own_name
from wegwijs.guides.pages.html import Html, join, tag
from wegwijs.guides.pages.icons import icon
from wegwijs.guides.pages.languages import languages
from wegwijs.guides.pages.words import Speaker, spoken, words

_Said = TypeVar("_Said", bound=str)


def cards(speaker: Speaker) -> list[tuple[str, str, Html]]:
    """The cards that every organisation has: id, pictogram, sentence."""
    return _cards(speaker.html)


def ready_cards() -> list[ReadyCard]:
    """The same for who decides which of them are offered: the sentences in all languages that have them."""
    said = {tag_: _cards(words(tag_).plain) for tag_ in spoken()}
    return [
        ReadyCard(id_, sign, {tag_: sentences[number][2] for tag_, sentences in said.items()})
        for number, (id_, sign, _sentence) in enumerate(said["nl"])
    ]


def offered(speaker: Speaker, facts: PublicFacts) -> list[tuple[str, str, Html]]:
    """The cards that an organisation offers, its own ones last."""
    own = [(f"own-{number}", card.sign, speaker.own(card.texts)) for number, card in enumerate(facts.own_cards, 1)]
    return [card for card in cards(speaker) if card[0] not in facts.cards_off] + own


def _cards(_: Callable[[str], _Said]) -> list[tuple[str, str, _Said]]:
    return [
        ("register", "registering", _("I want to register at this address.")),
        ("appointment", "calendar", _("I would like to make an appointment.")),
        ("letter", "theme-DOC", _("Can you help me with this letter?")),
        ("form", "form", _("Can you help me to fill in this form?")),
        ("interpreter", "interpreter", _("I do not understand you well. I need an interpreter.")),
        ("write", "sign-contract", _("Please write it down for me.")),
        ("where", "map-place", _("Where do I have to go for this?")),
    ]


def views(speaker: Speaker, counter: str, facts: PublicFacts) -> Iterator[Html]:
    """The view `#ask`, and one view for each card. `counter` is the language that is spoken at counters here."""
    _ = speaker.html
    at_the_counter = {id_: sentence for id_, _sign, sentence in offered(words(counter), facts)}
    links = [
        tag("li", tag("a", drawing(sign, class_="sign small-sign"), tag("span", sentence), href=f"#card-{id_}"))
        for id_, sign, sentence in offered(speaker, facts)
    ]
    yield _view(
        "ask",
        "#s1",
        _("Back"),
        tag("h2", _("Ask a person")),
        *(place(speaker, one) for one in facts.places),
        tag("p", _("Nobody has written here yet where you can ask.")) if not facts.places else None,
        join(tag("h3", _("Cards to show at a counter")), tag("ul", *links, class_="cards")) if links else None,
    )
    for id_, sign, sentence in offered(speaker, facts):
        known = languages()[counter]
        yield _view(
            f"card-{id_}",
            "#ask",
            _("Back"),
            tag(
                "div",
                drawing(sign),
                tag("p", at_the_counter[id_], class_="counter", lang=known.tag, dir=known.dir),
                tag("p", sentence, class_="own"),
                class_="card",
            ),
        )


def _view(id_: str, target: str, back: Html, *children: Html | None) -> Html:
    top = tag("p", tag("a", icon("previous"), back, href=target, class_="back"), class_="back-line")
    return tag("section", top, *children, class_="view panel", id=id_, tabindex=-1)


def place(speaker: Speaker, one: Place, *, paper: bool = False) -> Html:
    """One place, as pictures and words."""
    _ = speaker.html
    way = [
        tag("li", drawing(landmark.sign, paper=paper), tag("span", tag("bdi", landmark.text), class_="landmark"))
        for landmark in one.way
    ]
    names = [tag("li", own_name(tag_)) for tag_ in one.languages]
    digits = "".join(sign for sign in one.phone or "" if sign in "+0123456789")
    call = tag("a", icon("phone"), tag("bdi", one.phone, dir="ltr"), href=f"tel:{digits}", class_="deed call")
    return tag(
        "div",
        tag("h3", tag("bdi", one.name)),
        tag("ol", *way, class_="way"),
        tag("p", tag("bdi", one.address), class_="address"),
        tag("ul", *(tag("li", hours(speaker, line)) for line in one.hours), class_="hours") if one.hours else None,
        join(tag("p", _("Languages that are spoken there"), class_="label"), tag("ul", *names, class_="spoken"))
        if names
        else None,
        call if one.phone else None,
        class_="place",
    )


def hours(speaker: Speaker, line: Hours) -> Html:
    """`maandag, dinsdag 09:00–12:00`; the hours stay left to right in every script."""
    days: list[Html | str] = []
    for number in line.days:
        days += [", ", speaker.weekday(number)] if days else [speaker.weekday(number)]
    return join(tag("span", *days), " ", tag("bdi", f"{line.opens}–{line.closes}", dir="ltr", class_="when"))
