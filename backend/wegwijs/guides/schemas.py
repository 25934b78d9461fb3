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
