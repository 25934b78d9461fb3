"""What the guide pages keep: what an organisation tells the public, and counts. No row is about a newcomer."""

from piccolo.columns import UUID, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table


class PublicFactsRow(Table, tablename="public_facts"):
    """One document an organisation (facts.py): where to ask a person, and who answers for the pages."""

    organisation = UUID(primary_key=True, default=None)
    document = Text()
    updated_at = Timestamptz()


class GuideUnclear(Table, tablename="guide_unclear"):
    """How often "I don't understand" was tapped at a step in a month, in a language. Never when, never by whom."""

    id = UUID(primary_key=True)
    organisation = UUID()
    guide = Varchar(length=40)
    step = Varchar(length=60)
    language = Varchar(length=12)
    month = Varchar(length=7)
    times = Integer()


TABLES: tuple[type[Table], ...] = (PublicFactsRow, GuideUnclear)

INDEXES: tuple[str, ...] = (
    "CREATE UNIQUE INDEX guide_unclear_place ON guide_unclear (organisation, guide, step, language, month)",
)
