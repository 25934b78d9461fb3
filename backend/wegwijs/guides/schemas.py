"""What goes over the wire about guides."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from wegwijs.guides.check import Finding
from wegwijs.guides.document import Sound, State
from wegwijs.guides.parts import About, FieldPart, Order, StepPart, TextPart


class GuideLine(msgspec.Struct, kw_only=True):
    """A guide in the list. `states` counts its texts by language and state; `overdue`: somebody must look again."""

    code: str
    jurisdiction: str
    source: str
    title: dict[str, str]
    version: int | None
    published_at: datetime | None
    valid_as_of: date
    check_again_by: date
    overdue: bool
    unpublished: bool
    clashes: int
    states: dict[str, dict[str, int]]


class Guides(msgspec.Struct):
    """All guides of the organisation, by code."""

    guides: list[GuideLine]


class PartChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One part as somebody wants it. `language` is `""` for the structure; `seen` is the revision that they saw.

    `content` is that of the working copy (`Draft`); null takes the part out.
    """

    language: Annotated[str, Meta(max_length=12)]
    part: Annotated[str, Meta(min_length=1, max_length=60)]
    seen: Annotated[str, Meta(max_length=16)]
    content: dict[str, Any] | None

    @property
    def name(self) -> tuple[str, str]:
        return self.language, self.part


class Changes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One save: taken over as a whole, or not at all."""

    changes: list[PartChange]


class PartResult(msgspec.Struct):
    """What became of one change. `clash`: somebody was faster; both texts are kept until somebody chooses."""

    language: str
    part: str
    status: Literal["saved", "same", "clash"]
    revision: str
    clash: UUID | None = None


class Saved(msgspec.Struct, kw_only=True):
    """One result a change, and the revision of the whole working copy."""

    results: list[PartResult]
    revision: str


class AddStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new step: `after` another of the section, or (null) at its head; `text` is its sentence in the source."""

    id: str
    section: str
    after: str | None
    step: StepPart
    text: Annotated[str, Meta(min_length=1, max_length=480)]


class MoveStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a step shall stand, and where it was seen."""

    section: str
    after: str | None
    seen_section: str
    seen_after: str | None


class RemoveStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`seen` is the revision of the step's part."""

    seen: str


class Settle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of a clash; `merged` puts `content` there. `seen` is the revision that stands there now."""

    clash: UUID
    choice: Literal["mine", "theirs", "merged"]
    seen: str
    content: dict[str, Any] | None = None


class SettleNews(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The package's part, or the organisation's own. `seen` is the revision that stands there now."""

    language: str
    part: str
    choice: Literal["shipped", "own"]
    seen: str


class NewGuide(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A guide of the organisation's own, with one step to begin with."""

    code: str
    source: str
    title: Annotated[str, Meta(min_length=1, max_length=480)]
    valid_as_of: date
    check_again_by: date


class DraftAbout(msgspec.Struct, kw_only=True):
    """Since when the facts hold. `news`: the package ships another one than when the organisation changed this."""

    content: About
    revision: str
    own: bool
    news: About | None


class DraftOrder(msgspec.Struct, kw_only=True):
    """The sections with the ids of their steps."""

    content: Order
    revision: str
    own: bool
    news: Order | None


class DraftStep(msgspec.Struct, kw_only=True):
    """A step. `own`: the organisation's, not the package's."""

    content: StepPart
    revision: str
    own: bool
    news: StepPart | None


class DraftField(msgspec.Struct, kw_only=True):
    """A field."""

    content: FieldPart
    revision: str
    own: bool
    news: FieldPart | None


class DraftText(msgspec.Struct, kw_only=True):
    """A text. `state` is what a reader would see: outdated when the source is no longer that of `source_hash`."""

    content: TextPart
    state: State
    revision: str
    own: bool
    news: TextPart | None
    sound: Sound | None


class ClashView(msgspec.Struct, kw_only=True):
    """Two people changed one part. `theirs` stands in the working copy; null is *taken out*."""

    id: UUID
    language: str
    part: str
    mine: dict[str, Any] | None
    theirs: dict[str, Any] | None
    mine_by: str
    theirs_by: str | None
    created_at: datetime


class Draft(msgspec.Struct, kw_only=True):
    """The working copy. `source_hashes`: what a text is made from; findings of level `error` stop a publication."""

    code: str
    jurisdiction: str
    source: str
    revision: str
    version: int | None
    unpublished: bool
    about: DraftAbout
    order: DraftOrder
    steps: dict[str, DraftStep]
    fields: dict[str, DraftField]
    messages: list[str]
    source_hashes: dict[str, str]
    texts: dict[str, dict[str, DraftText]]
    clashes: list[ClashView]
    findings: list[Finding]


class Publish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`revision` is that of the working copy that somebody looked at."""

    revision: str


class Version(msgspec.Struct, kw_only=True):
    """A published version. `published_by` null: as it was shipped."""

    version: int
    digest: str
    published_at: datetime
    published_by: str | None


class Versions(msgspec.Struct):
    """The latest first."""

    versions: list[Version]


class Difference(msgspec.Struct, kw_only=True):
    """One part that is not as it was published: null where there is none."""

    language: str
    part: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class Comparison(msgspec.Struct, kw_only=True):
    """What the next version would change."""

    version: int | None
    differences: list[Difference]


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
    """By guide code: the digest of its latest version."""

    bundles: dict[str, str]
