"""A published guide: one immutable document, read by the guide pages, the print, the app and the offline bundle.

Every sentence is a *message* with an id: `title`, `summary`, `section.<id>`, `step.<id>`, `deadline.<step id>`,
`bring.<item id>`, `field.<field id>`. `texts` has them by language and message; what is missing has no entry.
"""

import hashlib
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from typing import Final, Literal

import msgspec

Kind = Literal["info", "do", "warning", "checklist", "amount", "contact"]
Overlay = Literal["check", "cross", "clock", "arrow"]
State = Literal["machine", "draft", "reviewed", "outdated"]
FieldKind = Literal["amount", "phone", "term", "text"]
HASH_LENGTH: Final = 12


class Sign(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pictogram: `sign-<id>.svg`, or any other drawing by its full name; maybe with a mark in its corner."""

    id: str
    overlay: Overlay | None = None


class Reviewed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """In what capacity somebody found the text right, and when. Never who: the document is public."""

    by_capacity: str
    on: date


class Sound(msgspec.Struct, frozen=True):
    """The text read aloud. `opus` and `mp3` are file names under `/g/sound/`; `hash` is that of the text that is said.

    Play it only when `hash` is `text_hash(text)`: another one says another sentence.
    """

    opus: str
    mp3: str
    hash: str
    voice: Literal["person", "computer"]
    speaker: str | None


class Text(msgspec.Struct, frozen=True):
    """One message in one language. `source_hash` is the hash of the source text that it was made from."""

    text: str
    state: State
    source_hash: str
    reviewed: Reviewed | None = None
    sound: Sound | None = None


class Field(msgspec.Struct, frozen=True):
    """A dated figure outside the running text; its message `field.<id>` says what it is, unit included.

    An amount is in euros (`"932.93"`), a term is a bare number (the unit stands in the message), a phone number is as
    it is dialled here. `scope` local: the organisation fills it; `value` is empty until then.
    """

    kind: FieldKind
    value: str
    scope: Literal["law", "local"]
    source: str | None
    checked_on: date | None


class Step(msgspec.Struct, frozen=True):
    """One sentence with one to three pictograms. `bring` names items, `fields` fields; a deadline has a message."""

    id: str
    kind: Kind
    signs: tuple[Sign, ...]
    bring: tuple[str, ...] = ()
    deadline: bool = False
    fields: tuple[str, ...] = ()
    subthemes: tuple[str, ...] = ()


class Section(msgspec.Struct, frozen=True):
    """A chapter."""

    id: str
    steps: tuple[Step, ...]


class Guide(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a guide. `texts[source]` is complete; the other languages have what somebody could write well."""

    code: str
    jurisdiction: str
    source: str
    version: int
    published_at: datetime
    valid_as_of: date
    check_again_by: date
    sections: tuple[Section, ...]
    fields: dict[str, Field]
    texts: dict[str, dict[str, Text]]

    @property
    def steps(self) -> list[Step]:
        """All steps in their order."""
        return [step for section in self.sections for step in section.steps]


def tidy(text: str) -> str:
    """A text as it is kept, compared and hashed: composed letters, single spaces, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def text_hash(text: str) -> str:
    """What tells a text from every other: the first 12 hex digits of its SHA-256."""
    return hashlib.sha256(tidy(text).encode()).hexdigest()[:HASH_LENGTH]


def message_ids(sections: tuple[Section, ...]) -> Iterator[str]:
    """The messages that a guide of these sections has, each once, in reading order."""
    seen = {"title", "summary"}
    yield from ("title", "summary")
    for section in sections:
        yield f"section.{section.id}"
        for step in section.steps:
            yield f"step.{step.id}"
            further = [f"deadline.{step.id}"] if step.deadline else []
            further += [f"bring.{item}" for item in step.bring] + [f"field.{field}" for field in step.fields]
            for message in further:
                if message not in seen:
                    seen.add(message)
                    yield message


def encode(guide: Guide) -> bytes:
    """The document as it is kept and sent. The same guide gives the same bytes, so that a hash can name it."""
    return msgspec.json.encode(guide, order="sorted")


def decode(document: str | bytes) -> Guide:
    """A document of ours, read back."""
    return msgspec.json.decode(document, type=Guide)
