"""A page that is laid out once for all languages, and the pieces that each language puts into it.

The server fills it for a request; an offline bundle carries the layout once and the pieces of every language, and the
phone's service worker fills it by the same rule. So a phone without a network shows what the server would.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import msgspec

from wegwijs.guides.pages.html import Html, escaped, fill, slot
from wegwijs.guides.pages.words import Words, words


class Block(msgspec.Struct, frozen=True):
    """What one language says at one step. A `missing` one says so, and another language must say the sentence."""

    html: str
    missing: bool = False


class Pieces(msgspec.Struct, frozen=True):
    """Everything that one language brings: words around the guide by slot, and its blocks in the order of the steps."""

    slots: dict[str, str]
    blocks: list[Block]


class Template:
    """A speaker that leaves a slot for each message. `layout` is set when the page has been built with it."""

    def __init__(self) -> None:
        self.layout = Html("")
        self._sayings: dict[str, Callable[[Words], str]] = {}
        self._known: dict[tuple[object, ...], Html] = {}

    def html(self, message: str, **values: object) -> Html:
        return self._slot(("html", message, *values.items()), lambda said: said.html(message, **values))

    def plain(self, message: str, **values: object) -> str:
        return self._slot(("plain", message, *values.items()), lambda said: said.plain(message, **values))

    def own(self, texts: Mapping[str, str]) -> Html:
        return self._slot(("own", *texts.items()), lambda said: said.own(texts))

    def date(self, day: date) -> str:
        return self._slot(("date", day), lambda said: said.date(day))

    def weekday(self, number: int) -> str:
        return self._slot(("weekday", number), lambda said: said.weekday(number))

    def say(self, tag_: str) -> dict[str, str]:
        """What a language says in each slot, as markup."""
        said = words(tag_)
        return {name: escaped(saying(said)) for name, saying in self._sayings.items()}

    def _slot(self, key: tuple[object, ...], saying: Callable[[Words], str]) -> Html:
        if key not in self._known:
            name = f"w{len(self._known)}"
            self._known[key], self._sayings[name] = slot(name), saying
        return self._known[key]


def filled(layout: Html, shown: Sequence[Pieces], source: Pieces, more: Mapping[str, str]) -> Html:
    """The page in one language or two. The first one's words stand around the guide; at each step every language says
    its block, and where none of them has the sentence, the source language follows.

    `more` are the slots that depend on the choice of languages. The service worker does exactly this.
    """
    pieces = {**shown[0].slots, **more}
    for number, fallback in enumerate(source.blocks):
        blocks = [one.blocks[number] for one in shown]
        if all(block.missing for block in blocks):
            blocks.append(fallback)
        pieces[f"step.{number}"] = "".join(block.html for block in blocks)
    return fill(layout, pieces)
