"""Privacy notice, imprint and accessibility statement: one page in plain words, in the reader's own language."""

from wegwijs.guides.pages.built import Built
from wegwijs.guides.pages.facts import PublicFacts
from wegwijs.guides.pages.frame import document
from wegwijs.guides.pages.html import Html, join, tag
from wegwijs.guides.pages.icons import icon
from wegwijs.guides.pages.languages import languages
from wegwijs.guides.pages.words import checked_by_nobody, words

# Who watches over privacy in each country; their own addresses.
_AUTHORITIES = {
    "BE": ("Gegevensbeschermingsautoriteit · Autorité de protection des données", "https://www.gegevensbeschermingsautoriteit.be"),
    "NL": ("Autoriteit Persoonsgegevens", "https://www.autoriteitpersoonsgegevens.nl"),
    "DE": ("Landesbeauftragte für Datenschutz und Informationsfreiheit Nordrhein-Westfalen", "https://www.ldi.nrw.de"),
}  # fmt: skip


def about_page(built: Built, facts: PublicFacts, country: str, tag_: str) -> Html:
    """The page in a language. Where its words are a machine's, it says so first."""
    _, _plain = words(tag_).html, words(tag_).plain
    back = tag("a", icon("previous"), class_="round", href=f"/g/{tag_}", aria_label=_plain("Back"))
    mark = tag("p", icon("machine"), tag("span", _("Translated by a machine. Nobody checked it.")), class_="mark")
    body = join(
        tag("header", back, tag("p", facts.name, class_="where"), class_="bar top"),
        tag(
            "main",
            tag("h1", _("About these pages")),
            mark if checked_by_nobody(tag_) else None,
            *_privacy(tag_, facts, country),
            *_imprint(tag_, facts),
            *_accessibility(tag_, facts),
            id="steps",
            class_="prose",
        ),
    )
    return document(built, tag_, languages()[tag_].dir, _plain("About these pages"), body, class_="list", script=False)


def _list(*points: Html) -> Html:
    return tag("ul", *(tag("li", point) for point in points), class_="points")


def _privacy(tag_: str, facts: PublicFacts, country: str) -> list[Html]:
    _ = words(tag_).html
    name, address = _AUTHORITIES.get(country, _AUTHORITIES["BE"])
    return [
        tag("h2", _("Your privacy")),
        _list(
            _("You do not need an account. We do not ask who you are."),
            _("There are no cookies. We do not count visitors and we do not follow you."),
            _("Our server does not write down who reads what."),
            _("Nothing on these pages comes from another company."),
            _("Pages that you open stay on your phone, so that they open without a network. You can remove them."),
            _("The ticks at the steps stay on your phone, and are gone when you close the page or open it anew."),
            _("If you tap “I don't understand”, we count that for the step. We do not know that it was you."),
            _("If you let the phone read aloud, the phone may send the text to the maker of the voice."),
        ),
        tag("p", _("Questions about your data? Ask us. You can also complain to:"), " ",
            tag("a", tag("bdi", name), href=address, rel="noreferrer noopener external")),
        _mail(facts.privacy),
    ]  # fmt: skip


def _imprint(tag_: str, facts: PublicFacts) -> list[Html]:
    _ = words(tag_).html
    lines = [tag("li", tag("bdi", line)) for line in (facts.name, facts.address) if line]
    if facts.phone:
        digits = "".join(sign for sign in facts.phone if sign in "+0123456789")
        lines.append(tag("li", tag("a", tag("bdi", facts.phone, dir="ltr"), href=f"tel:{digits}")))
    if facts.email:
        lines.append(tag("li", _mail(facts.email)))
    said = _("The guides explain; they are not legal advice. Laws and amounts change. Ask a person when it matters.")
    return [tag("h2", _("Who makes these pages")), tag("ul", *lines, class_="points"), tag("p", said)]


def _accessibility(tag_: str, facts: PublicFacts) -> list[Html]:
    _ = words(tag_).html
    return [
        tag("h2", _("For everybody")),
        tag("p", _("We want everybody to be able to use these pages. We aim at WCAG 2.2, level AA.")),
        _list(
            _("They work with a keyboard, with a screen reader, with large text, and without a script."),
            _("Not every language has sound yet, and not every sentence is in every language."),
            _("Many translations were made by a machine. Each one says so."),
        ),
        tag("p", _("Does something not work for you? Tell us:"), " ", _mail(facts.email)),
    ]


def _mail(address: str) -> Html:
    known = "@" in address and not set(address) & set(" <>\"'")
    return tag("a", tag("bdi", address), href=f"mailto:{address}") if known else tag("bdi", address)
