"""The reader's page of a guide: one layout for all languages, readable from top to bottom without a script.

Everything is on the page: the steps in order, the languages, "ask a person", the cards to show at a counter, and what
to take home. The script (pwa/reader/reader.ts) shows one of these *views* at a time and follows the address's `#`.
"""

import gzip
from collections.abc import Iterator, Sequence
from datetime import date

import msgspec

from wegwijs.guides.document import Guide, Step
from wegwijs.guides.pages import ask
from wegwijs.guides.pages.blocks import Reading
from wegwijs.guides.pages.built import Built
from wegwijs.guides.pages.drawings import drawing
from wegwijs.guides.pages.facts import PublicFacts
from wegwijs.guides.pages.frame import document, names_of, own_name, stale_notice
from wegwijs.guides.pages.html import Html, escaped, join, slot, tag
from wegwijs.guides.pages.icons import icon
from wegwijs.guides.pages.languages import Language, languages
from wegwijs.guides.pages.qr import qr_code
from wegwijs.guides.pages.template import Pieces, Template, filled


class GuidePage:
    """A published guide, ready to be shown in any of its languages or two of them."""

    def __init__(self, guide: Guide, facts: PublicFacts, built: Built, origin: str, *, pdf: bool) -> None:
        self.guide, self.facts, self.built, self.origin, self.pdf = guide, facts, built, origin, pdf
        self.offered = offered_languages(guide)
        self._template = Template()
        self._template.layout = self._layout()
        self.pieces = {one.tag: self._pieces(one) for one in self.offered}
        bundle = self._bundle()
        # What travels is packed; the size on the page is a part of what is packed, and changes it by a few bytes.
        self.size = size(len(gzip.compress(_json(bundle), 6)))
        self.bundle = _json({**bundle, "size": self.size})

    def show(self, shown: Sequence[str], today: date) -> Html:
        """The page in one or two languages (tags that are offered)."""
        more = choice_slots(shown) | self._more(shown)
        more["overdue"] = "overdue" if today > self.guide.check_again_by else ""
        more["size"] = self.size
        source = self.pieces[self.guide.source]
        return filled(self._template.layout, [self.pieces[one] for one in shown], source, more)

    def address(self, shown: Sequence[str]) -> str:
        """What a QR code and a friend get: the guide and the languages, nothing else."""
        return f"{self.origin}/g/{self.guide.code}/{'+'.join(shown)}"

    def _more(self, shown: Sequence[str]) -> dict[str, str]:
        address = self.address(shown)
        return {"qr": qr_code(address), "address": escaped(address.partition("://")[2])}

    def _bundle(self) -> dict[str, object]:
        """What the service worker needs to fill the page in every language."""
        own = {one.tag: self._more([one.tag]) for one in self.offered}
        return {
            "guide": self.guide.code,
            "version": self.guide.version,
            "source": self.guide.source,
            "check_again_by": self.guide.check_again_by,
            "layout": self._template.layout,
            "languages": {
                tag_: {
                    "slots": pieces.slots | own[tag_] | {"name": str(own_name(tag_))},
                    "blocks": [block.html for block in pieces.blocks],
                    "missing": [number for number, block in enumerate(pieces.blocks) if block.missing],
                }
                for tag_, pieces in self.pieces.items()
            },
        }

    def _pieces(self, language: Language) -> Pieces:
        reading = Reading(self.guide, language.tag)
        slots: dict[str, str] = {
            "lang": language.tag,
            "dir": language.dir,
            "title": reading.said("title"),
            "title.plain": escaped(self._plain_title(language.tag)),
            "summary": reading.said("summary"),
        } | self._template.say(language.tag)
        slots |= {f"section.{one.id}": reading.said(f"section.{one.id}") for one in self.guide.sections}
        return Pieces(slots, [reading.block(step) for step in self.guide.steps])

    def _plain_title(self, tag_: str) -> str:
        own = self.guide.texts[tag_].get("title") or self.guide.texts[self.guide.source]["title"]
        return own.text

    def _layout(self) -> Html:
        _, _plain = self._template.html, self._template.plain
        body = join(
            self._top(),
            tag(
                "main",
                tag("h1", slot("title")),
                stale_notice(self._template, self.guide.check_again_by),
                tag("p", slot("summary"), class_="summary"),
                *self._steps(),
                self._languages(),
                *ask.views(self._template, self.guide.source, self.facts),
                self._take_home(),
                self._about_this(),
                id="steps",
            ),
            self._bottom(),
            self._words_for_the_script(),
        )
        return document(
            self.built,
            slot("lang"),
            slot("dir"),
            slot("title.plain"),
            body,
            class_="reader",
            script=True,
            data_guide=self.guide.code,
            data_source=self.guide.source,
            data_langs=slot("langs"),
        )

    def _top(self) -> Html:
        _, _plain = self._template.html, self._template.plain
        close = tag(
            "a", icon("close"), class_="round close", href=Html(f"/g/{slot('first')}"), aria_label=_plain("Close")
        )
        chosen = tag(
            "a",
            tag("span", _("Language"), class_="unseen"),
            tag("span", slot("names")),
            icon("down"),
            class_="language",
            href="#languages",
        )
        return tag("header", close, tag("p", slot("title"), class_="where"), chosen, class_="bar top")

    def _steps(self) -> Iterator[Html]:
        number, total = 0, len(self.guide.steps)
        for section in self.guide.sections:
            yield tag("h2", slot(f"section.{section.id}"), class_="chapter")
            for step in section.steps:
                yield self._step(step, number, total, section.id)
                number += 1

    def _step(self, step: Step, number: int, total: int, section: str) -> Html:
        _, _plain = self._template.html, self._template.plain
        kind = tag("p", icon("warning"), _("Watch out"), class_="kind") if step.kind == "warning" else None
        deeds = [
            tag("button", icon("check"), _("Discussed"), type="button", class_="tick", aria_pressed="false"),
            tag("button", icon("question"), _("I don't understand"), type="button", class_="unclear"),
        ]
        return tag(
            "section",
            tag("h3", _("Step {n} of {total}", n=number + 1, total=total), class_="count"),
            tag("p", slot(f"section.{section}"), class_="chapter-again", hidden=True),
            tag("div", *(drawing(sign.id, sign.overlay) for sign in step.signs), class_="signs"),
            kind,
            tag("div", slot(f"step.{number}"), class_="texts"),
            tag("div", *deeds, class_="deeds", hidden=True),
            class_=f"view step {step.kind}",
            id=f"s{number + 1}",
            data_step=step.id,
            tabindex=-1,
        )

    def _languages(self) -> Html:
        """Every language by its own name; beside it, the first language shown and this one together."""
        _, _plain = self._template.html, self._template.plain
        code, total = self.guide.code, len(self.guide.steps)
        rows, both = [], _plain("Both languages")
        for one in self.offered:
            written = sum(f"step.{step.id}" in self.guide.texts[one.tag] for step in self.guide.steps)
            part = tag("span", f"{written}/{total}", class_="part", dir="ltr") if written < total else None
            own = tag("a", one.own_name, href=f"/g/{code}/{one.tag}", hreflang=one.tag)
            say = tag("button", icon("sound"), type="button", class_="sound say", hidden=True, aria_label=one.own_name)
            beside = tag(
                "a",
                icon("beside"),
                class_="round beside",
                href=Html(f"/g/{code}/{slot('first')}+{one.tag}"),
                aria_label=join(both, ": ", one.own_name),
            )
            rows.append(tag("li", say, own, part, beside, lang=one.tag, dir=one.dir))
        voice = tag(
            "div",
            tag("p", _("This phone can read aloud with a voice of its own."), class_="voice-offer"),
            tag(
                "p",
                icon("warning"),
                tag("span", _("With a network, the phone may send the text to the maker of the voice.")),
                class_="voice-warning",
                hidden=True,
            ),
            tag("button", icon("sound"), _("Let this phone read aloud"), type="button", class_="main-deed voice-on"),
            class_="voice",
            hidden=True,
        )
        return view("languages", _("Languages"), _("Back"), tag("ul", *rows, class_="languages"), voice)

    def _take_home(self) -> Html:
        _, _plain = self._template.html, self._template.plain
        deeds = [
            tag("button", icon("share"), _("Share"), type="button", class_="share", hidden=True),
            tag("button", icon("copy"), _("Copy the address"), type="button", class_="copy", hidden=True),
            tag("button", icon("print"), _("Print"), type="button", class_="print", hidden=True),
        ]
        if self.pdf:
            address = Html(f"/g/{self.guide.code}/{slot('langs')}.pdf")
            deeds.append(tag("a", icon("paper"), _("For paper (PDF)"), href=address, class_="deed pdf"))
        size_ = tag("bdi", slot("size"), class_="size")
        all_languages = join(icon("keep"), tag("span", _("Keep all languages on this phone"), " ", size_))
        keep = [
            tag("button", all_languages, type="button", class_="keep", hidden=True),
            tag("button", icon("bin"), _("Remove from this phone"), type="button", class_="forget", hidden=True),
        ]
        card = tag("div", slot("qr"), tag("p", tag("bdi", slot("address"), dir="ltr"), class_="address"), class_="take")
        return view("take", _("Take home"), _("Back"), card, tag("div", *deeds, *keep, class_="deeds-list"))

    def _about_this(self) -> Html:
        _, _plain = self._template.html, self._template.plain
        date_ = self._template.date
        told = join(
            tag("p", self.facts.name),
            tag("p", _("As it was on:"), " ", date_(self.guide.valid_as_of)),
            tag("p", _("We check it again before:"), " ", date_(self.guide.check_again_by)),
            tag("p", _("Version {number}", number=self.guide.version)),
            tag("p", tag("a", _("About these pages"), href=Html(f"/g/about/{slot('first')}"))),
        )
        return tag("footer", told, class_="about-this")

    def _bottom(self) -> Html:
        _, _plain = self._template.html, self._template.plain
        return tag(
            "nav",
            tag("a", icon("previous"), class_="previous", href="#s1", hidden=True, aria_label=_plain("Previous step")),
            tag("a", drawing("ask-person", class_="sign small-sign"), _("Ask a person"), class_="ask", href="#ask"),
            tag("a", icon("next"), class_="next", href="#s1", hidden=True, aria_label=_plain("Next step")),
            class_="bar bottom",
            aria_label=_plain("Steps"),
        )

    def _words_for_the_script(self) -> Html:
        _, _plain = self._template.html, self._template.plain
        said = {
            "thanks": _("Thank you. This helps us to write it more clearly. You can ask a person."),
            "no-network": _("There is no network now. Nothing was sent."),
            "not-kept": _("This page is not on this phone, and there is no network now."),
            "copied": _("The address is copied."),
            "kept": _("This guide is on this phone now, in all its languages."),
            "removed": _("Removed. Nothing of the guides is left on this phone."),
        }
        words_ = (tag("span", text, data_word=name) for name, text in said.items())
        return join(tag("p", class_="told", role="status"), tag("div", *words_, class_="words", hidden=True))


def view(id_: str, heading: Html, back: Html, *children: Html) -> Html:
    """A view beside the steps, with the way back to them."""
    top = tag("p", tag("a", icon("previous"), back, href="#s1", class_="back"), class_="back-line")
    return tag("section", top, tag("h2", heading), *children, class_="view panel", id=id_, tabindex=-1)


def choice_slots(shown: Sequence[str]) -> dict[str, str]:
    """The slots that say which languages are shown."""
    return {"langs": "+".join(shown), "first": shown[0], "last": shown[-1], "names": str(names_of(shown))}


def offered_languages(guide: Guide) -> list[Language]:
    """Those in which the guide says at least one step, in the order of the table, the source language among them."""
    steps = [f"step.{step.id}" for step in guide.steps]
    return [one for tag_, one in languages().items() if any(step in guide.texts.get(tag_, {}) for step in steps)]


def _json(bundle: dict[str, object]) -> bytes:
    # Markup is a kind of text that the encoder does not know.
    return msgspec.json.encode(bundle, enc_hook=str)


def size(count: int) -> str:
    """A number of bytes for people: `62 kB`, in latin digits."""
    return f"{max(1, round(count / 1000))} kB"
