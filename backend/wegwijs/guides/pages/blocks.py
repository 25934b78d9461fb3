"""What one language says at one step: the sentence, what to bring, by when, the figures, and how sure all of it is.

The same block stands on the screen, on paper and in the offline bundle. Its own words (`Bring along`, `translated by a
machine`) are in the block's language, because whoever needs the warning reads that language.
"""

from collections.abc import Callable

from wegwijs.guides.document import Field, Guide, Step, Text, text_hash
from wegwijs.guides.pages import figures
from wegwijs.guides.pages.drawings import drawing
from wegwijs.guides.pages.html import Html, escaped, join, tag
from wegwijs.guides.pages.icons import icon
from wegwijs.guides.pages.languages import languages
from wegwijs.guides.pages.template import Block
from wegwijs.guides.pages.words import words

SOUND_FOLDER = "/g/sound/"


class Reading:
    """A guide in one language."""

    def __init__(self, guide: Guide, tag_: str) -> None:
        self.guide, self.tag, self.language = guide, tag_, languages()[tag_]
        self._texts = guide.texts.get(tag_, {})
        self._ = words(tag_).html

    def own(self, message: str) -> Text | None:
        """The message in this language, or None."""
        return self._texts.get(message)

    def said(self, message: str) -> Html:
        """The message in this language, else in the source language and marked as such; empty when neither has it."""
        return self._sentence(message, escaped)

    def _sentence(self, message: str, shape: Callable[[str], Html]) -> Html:
        own = self.own(message)
        if own is not None:
            return shape(own.text)
        source = self.guide.texts[self.guide.source].get(message)
        known = languages()[self.guide.source]
        return Html("") if source is None else tag("span", shape(source.text), lang=known.tag, dir=known.dir)

    def block(self, step: Step) -> Block:
        """What this language says at a step."""
        sentence = self.own(f"step.{step.id}")
        if sentence is None:
            return Block(self._wrapped("said missing", self._together(with_words=True)), missing=True)
        parts = [
            tag("div", self._voice(sentence), tag("p", sentence.text, class_="sentence"), class_="line"),
            self._deadline(step),
            self._bring(step),
            self._figures(step),
            *self._marks(step),
        ]
        return Block(self._wrapped("said", *parts))

    def _wrapped(self, class_: str, *children: Html | None) -> Html:
        return tag("div", *children, class_=class_, lang=self.tag, dir=self.language.dir)

    def _voice(self, text: Text) -> Html | None:
        """The button that says it, when there is a sound of this very sentence; else the sign to read it together."""
        _plain = words(self.tag).plain
        sound = text.sound
        own_hash = text_hash(text.text)
        playable = sound is not None and sound.hash == own_hash
        button = tag(
            "button",
            icon("sound"),
            type="button",
            class_="sound",
            hidden=True,
            aria_label=_plain("Listen"),
            data_hash=own_hash,
            data_opus=SOUND_FOLDER + sound.opus if sound is not None and playable else None,
            data_mp3=SOUND_FOLDER + sound.mp3 if sound is not None and playable else None,
            data_voice=sound.voice if sound is not None and playable else None,
        )
        silent = None if playable or self.tag == self.guide.source else self._together(with_words=False)
        return join(button, silent)

    def _together(self, *, with_words: bool) -> Html:
        _ = self._
        said = _("Read this together")
        if not with_words:
            picture = drawing("read-together")
            return tag("span", picture, tag("span", said, class_="unseen"), class_="together")
        lines = join(tag("strong", said), " ", _("This is not written in your language yet."))
        return tag("p", drawing("read-together"), tag("span", lines), class_="mark together-line")

    def _deadline(self, step: Step) -> Html | None:
        return tag("p", icon("clock"), self.said(f"deadline.{step.id}"), class_="deadline") if step.deadline else None

    def _bring(self, step: Step) -> Html | None:
        if not step.bring:
            return None
        _ = self._
        items = [tag("li", self.said(f"bring.{item}")) for item in step.bring]
        return join(tag("p", _("Bring along"), class_="label"), tag("ul", *items, class_="bring"))

    def _figures(self, step: Step) -> Html | None:
        fields = [(name, self.guide.fields[name]) for name in step.fields if name in self.guide.fields]
        if not fields:
            return None
        return tag("ul", *(tag("li", *self._figure(name, field)) for name, field in fields), class_="figures")

    def _figure(self, name: str, field: Field) -> list[Html]:
        """The message with its figure; what the organisation has not filled in is asked of a person."""
        _ = self._
        say_date = words(self.tag).date
        ask = tag("a", _("Ask a person"), href="#ask")
        figure = figures.value(field, self.guide.jurisdiction, say_date) if field.value else ask
        found = [tag("p", self._sentence(f"field.{name}", lambda text: figures.placed(text, figure)))]
        told = []
        if field.checked_on is not None and field.value:
            told.append(_("checked on {day}", day=say_date(field.checked_on)))
        link = figures.source(field)
        told += [link] if link is not None else []
        return [*found, tag("p", _dotted(told), class_="small")] if told else found

    def _marks(self, step: Step) -> list[Html]:
        """How sure these words are, when they are not."""
        _ = self._
        messages = [f"step.{step.id}", *(f"bring.{item}" for item in step.bring)]
        messages += [f"field.{field}" for field in step.fields]
        messages += [f"deadline.{step.id}"] if step.deadline else []
        states = {text.state for text in map(self.own, messages) if text is not None}
        found = []
        source = languages()[self.guide.source]
        link = tag("a", source.own_name, href=f"/g/{self.guide.code}/{self.tag}+{source.tag}", lang=source.tag)
        # Where the text was translated from stands one tap away.
        further = None if self.tag == source.tag else join(" ", link)
        if "machine" in states:
            said = _("Translated by a machine. Nobody checked it.")
            found.append(tag("p", icon("machine"), tag("span", said, further), class_="mark"))
        if "draft" in states:
            found.append(
                tag("p", icon("question"), tag("span", _("Nobody checked this text yet."), further), class_="mark")
            )
        if "outdated" in states:
            said = _("The text that this was translated from is newer.")
            found.append(tag("p", icon("newer"), tag("span", said, further), class_="mark"))
        return found


def _dotted(parts: list[Html]) -> Html:
    return join(*(piece for number, one in enumerate(parts) for piece in ((" · ", one) if number else (one,))))
