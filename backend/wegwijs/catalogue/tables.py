"""The organisation's side of the catalogue: one row for each entry it added, reworded, hid or switched on.

The shipped catalogue is not in the database. It comes with the package, and these rows are laid over it, so
that an upgrade brings new words without touching what an organisation made of them.
"""

from piccolo.columns import UUID, Boolean, Integer, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table


class OrganisationEntry(Table, tablename="organisation_entry"):
    """One entry as an organisation changed it; an empty column means: as shipped."""

    id = UUID(primary_key=True, default=UUID4())
    organisation = UUID(default=None, null=False)
    list = Varchar(length=40)
    code = Varchar(length=60)
    # The theme of an own subtheme, or the district that a district lies in.
    parent = Varchar(length=60, null=True, default=None)
    # JSON objects {language or language-COUNTRY: words}; aliases is a JSON array.
    labels = Text(default="{}")
    short = Text(default="{}")
    aliases = Text(default="[]")
    sensitive = Varchar(length=20, null=True, default=None)
    hidden = Boolean(null=True, default=None)
    retired = Boolean(null=True, default=None)
    switched_on = Boolean(null=True, default=None)
    position = Integer(null=True, default=None)
    updated_at = Timestamptz()


TABLES: tuple[type[Table], ...] = (OrganisationEntry,)

# Composite unique indexes are raw SQL: Piccolo's do not work on SQLite.
INDEXES: tuple[str, ...] = (
    "CREATE UNIQUE INDEX organisation_entry_code ON organisation_entry (organisation, list, code)",
)
