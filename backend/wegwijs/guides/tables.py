"""Guides, what an organisation changed of them, and their versions. No row here is about a newcomer.

What is shipped lies in the guide's own row, as it was imported; changes lie over it part by part, each with what was
shipped when it was made. A version is one document and is never changed.
"""

from piccolo.columns import UUID, Boolean, Bytea, DoublePrecision, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table


class GuideRow(Table, tablename="guide"):
    """A guide of an organisation. `shipped` is JSON {language: {part: content}}; null for one of its own."""

    id = UUID(primary_key=True)
    organisation = UUID()
    code = Varchar(length=40)
    jurisdiction = Varchar(length=12)
    source = Varchar(length=12)
    shipped = Text(null=True, default=None)
    shipped_digest = Varchar(length=64, null=True, default=None)
    created_at = Timestamptz()


class GuideChange(Table, tablename="guide_change"):
    """A part as the organisation has it. `content` null: taken out; `base` is what was shipped at that time."""

    id = UUID(primary_key=True)
    organisation = UUID()
    guide = ForeignKey(references=GuideRow, null=False)
    language = Varchar(length=12)
    part = Varchar(length=60)
    content = Text(null=True, default=None)
    base = Text(null=True, default=None)
    changed_by = UUID()
    changed_at = Timestamptz()


class GuideVersion(Table, tablename="guide_version"):
    """A published document. `published_by` null: as it was shipped; `draft_revision` names the copy it was made of."""

    id = UUID(primary_key=True)
    organisation = UUID()
    guide = ForeignKey(references=GuideRow, null=False)
    version = Integer()
    document = Text()
    digest = Varchar(length=64)
    draft_revision = Varchar(length=16)
    published_by = UUID(null=True, default=None)
    published_at = Timestamptz()


class GuideClash(Table, tablename="guide_clash"):
    """Two people changed one part: `theirs` is in the working copy, `mine` came later. Kept until somebody chose."""

    id = UUID(primary_key=True)
    organisation = UUID()
    guide = ForeignKey(references=GuideRow, null=False)
    language = Varchar(length=12)
    part = Varchar(length=60)
    mine = Text(null=True, default=None)
    theirs = Text(null=True, default=None)
    mine_by = UUID()
    theirs_by = UUID(null=True, default=None)
    created_at = Timestamptz()
    choice = Varchar(length=10, null=True, default=None)
    settled_by = UUID(null=True, default=None)
    settled_at = Timestamptz(null=True, default=None)


class GuideSound(Table, tablename="guide_sound"):
    """A text read aloud, in the two forms that phones play; it belongs to the text of this hash and to no other."""

    id = UUID(primary_key=True)
    organisation = UUID()
    guide = ForeignKey(references=GuideRow, null=False)
    language = Varchar(length=12)
    message = Varchar(length=60)
    text_hash = Varchar(length=12)
    voice = Varchar(length=8)
    speaker = Varchar(length=40, null=True, default=None)
    opus_name = Varchar(length=40)
    mp3_name = Varchar(length=40)
    seconds = DoublePrecision()
    opus = Bytea()
    mp3 = Bytea()
    made_by = UUID(null=True, default=None)
    created_at = Timestamptz()


class GuideVoice(Table, tablename="guide_voice"):
    """Whether an organisation lets a computer read a language aloud."""

    id = UUID(primary_key=True)
    organisation = UUID()
    language = Varchar(length=12)
    allowed = Boolean()
    decided_by = UUID()
    decided_at = Timestamptz()


class GuideAnswer(Table, tablename="guide_answer"):
    """What somebody who speaks a language said of a text: right (`better` is null), or a better sentence.

    The id is the device's: the same answer handed in twice is one answer.
    """

    id = UUID(primary_key=True)
    organisation = UUID()
    guide = ForeignKey(references=GuideRow, null=False)
    language = Varchar(length=12)
    message = Varchar(length=60)
    text_hash = Varchar(length=12)
    source_hash = Varchar(length=12)
    better = Text(null=True, default=None)
    capacity = Varchar(length=40)
    answered_by = UUID()
    answered_at = Timestamptz()
    status = Varchar(length=10)
    settled_by = UUID(null=True, default=None)
    settled_at = Timestamptz(null=True, default=None)


TABLES: tuple[type[Table], ...] = (
    GuideRow,
    GuideChange,
    GuideVersion,
    GuideClash,
    GuideSound,
    GuideVoice,
    GuideAnswer,
)

INDEXES: tuple[str, ...] = (
    "CREATE UNIQUE INDEX guide_code ON guide (organisation, code)",
    "CREATE UNIQUE INDEX guide_change_part ON guide_change (guide, language, part)",
    "CREATE UNIQUE INDEX guide_version_number ON guide_version (guide, version)",
    "CREATE INDEX guide_version_digest ON guide_version (digest)",
    "CREATE INDEX guide_clash_guide ON guide_clash (guide, settled_at)",
    "CREATE INDEX guide_sound_guide ON guide_sound (guide, language, message)",
    "CREATE INDEX guide_sound_opus ON guide_sound (opus_name)",
    "CREATE INDEX guide_sound_mp3 ON guide_sound (mp3_name)",
    "CREATE UNIQUE INDEX guide_voice_language ON guide_voice (organisation, language)",
    "CREATE INDEX guide_answer_guide ON guide_answer (guide, status, language, message)",
)
