"""What goes over the wire about texts that somebody checks, reads aloud or sends back in a file."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from wegwijs.guides.check import Finding
from wegwijs.guides.document import Sound, State


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """Of which text a recording is (`hash` is that of the text that was read), by whom, and that they agreed to it."""

    language: str
    message: str
    hash: str
    speaker: str
    consent: bool


class SoundMade(msgspec.Struct, kw_only=True):
    """A recording that was taken over; it is offered with the next version."""

    opus: str
    mp3: str
    hash: str
    seconds: float


class Voice(msgspec.Struct, kw_only=True):
    """A language that a computer can read aloud. `rule` ask: off until somebody who speaks it approved."""

    language: str
    rule: str
    allowed: bool


class Voices(msgspec.Struct, kw_only=True):
    """`installed`: whether this server has the program for it."""

    installed: bool
    voices: list[Voice]


class AllowVoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a computer may read a language aloud here."""

    allowed: bool


class Speak(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which language a computer shall read aloud."""

    language: str


class Spoken(msgspec.Struct, kw_only=True):
    """How many texts were read aloud, and how many are left: then ask again."""

    made: int
    left: int


class Withdraw(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose recordings to forget."""

    language: str
    message: str


class ToCheckText(msgspec.Struct, kw_only=True):
    """A text with its source. `answered`: this worker has judged exactly this text."""

    message: str
    source: str
    source_hash: str
    text: str | None
    text_hash: str
    state: State | Literal["missing"]
    sound: Sound | None
    answered: bool


class ToCheck(msgspec.Struct, kw_only=True):
    """The texts of a guide in a language, in reading order."""

    code: str
    language: str
    source: str
    texts: list[ToCheckText]


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """*Right* (`better` null) or a better sentence. The id is the device's; the hashes are those of what was seen."""

    id: UUID
    guide: str
    language: Annotated[str, Meta(max_length=12)]
    message: Annotated[str, Meta(max_length=60)]
    text_hash: Annotated[str, Meta(pattern="^([0-9a-f]{12})?$")]
    source_hash: Annotated[str, Meta(pattern="^[0-9a-f]{12}$")]
    capacity: Annotated[str, Meta(min_length=1, max_length=40)]
    better: Annotated[str, Meta(max_length=480)] | None = None


class NewAnswers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a device hands in; each answer is judged by itself."""

    answers: list[Answer]


class AnswerResult(msgspec.Struct):
    """`duplicate`: it came before. `refused`: the device keeps it and shows why."""

    id: UUID
    status: Literal["taken", "duplicate", "refused"]
    findings: list[Finding]


class Answers(msgspec.Struct):
    """One result an answer, in their order."""

    results: list[AnswerResult]


class Suggestion(msgspec.Struct, kw_only=True):
    """An open answer beside what stands there. `fits`: text and source are those that were judged."""

    id: UUID
    language: str
    message: str
    source: str | None
    text: str | None
    better: str | None
    fits: bool
    seen: str
    capacity: str
    answered_by: str
    answered_at: datetime


class Suggestions(msgspec.Struct):
    """The oldest first."""

    suggestions: list[Suggestion]


class SettleSuggestion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Take an answer over or decline it. `seen` is the revision of the text that stands there."""

    suggestion: UUID
    take: bool
    seen: str


class StepAnswer(msgspec.Struct, kw_only=True):
    """A published step."""

    guide: str
    step: str
    version: int


class StepsOfSubthemes(msgspec.Struct):
    """By subtheme: the steps that answer it."""

    subthemes: dict[str, list[StepAnswer]]


class ImportedText(msgspec.Struct, kw_only=True):
    """What a file changes: `confirmed` fits the present source again; `clash`: it was changed here too."""

    message: str
    before: str | None
    after: str
    outdated: bool
    kind: Literal["changed", "confirmed", "clash"]


class Imported(msgspec.Struct, kw_only=True):
    """What became of a file, or (not `applied`) what would. `not_in_file` stays as it is."""

    applied: bool
    changes: list[ImportedText]
    not_in_file: list[str]
    findings: list[Finding]


class Bundles(msgspec.Struct):
    """By guide code: the digest of its latest version. `read_here`: whether `/g` of this host shows these guides."""

    bundles: dict[str, str]
    read_here: bool
