"""Contact, help request and note: the rows behind the synced entities of the same names.

A row is never changed without a feed entry: every writer goes through `sync`. A deleted row keeps `deleted_by`, the
mutation that deleted it, so that taking that back also brings back what went with it. `device` is the one that wrote
last, `made_on` the one that made the record. A contact that was merged into another keeps its id in `merged_into`; the
other one lists in `also_by` whose contacts it took in.
"""

from piccolo.columns import UUID, Boolean, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table


class Contact(Table, tablename="contact"):
    """One meeting: when, where, in which language, with whom. Holds one or more help requests."""

    id = UUID(primary_key=True)
    organisation = UUID()
    team = UUID()
    author = UUID()
    device = UUID()
    version = Integer()
    received_at = Timestamptz()
    deleted_at = Timestamptz(null=True, default=None)
    deleted_by = UUID(null=True, default=None)
    # When: the instant as the device gave it, and the organisation's local day and month, which are counted.
    occurred_at = Timestamptz(null=True, default=None)
    date_precision = Varchar(length=5)
    day = Varchar(length=10, null=True, default=None)
    month = Varchar(length=7, null=True, default=None)
    clock_skewed = Boolean(default=False)
    setting = Varchar(length=40, null=True, default=None)
    language = Varchar(length=40, null=True, default=None)
    group_size = Integer(null=True, default=None)
    duration = Integer(null=True, default=None)
    heavy = Boolean(default=False)
    referred_by = Varchar(length=40, null=True, default=None)
    interpreting = Varchar(length=40, null=True, default=None)
    incomplete = Boolean(default=False)
    tier = Varchar(length=12)
    # The person snapshot: a few attributes, no identity.
    gender = Varchar(length=40, null=True, default=None)
    age_band = Varchar(length=40, null=True, default=None)
    residence_status = Varchar(length=40, null=True, default=None)
    nationality = Varchar(length=40, null=True, default=None)
    district = Varchar(length=40, null=True, default=None)
    household_type = Varchar(length=40, null=True, default=None)
    literacy = Varchar(length=40, null=True, default=None)
    made_on = UUID(null=True, default=None)
    merged_into = UUID(null=True, default=None)
    also_by = Text(null=True, default=None)


class HelpRequest(Table, tablename="help_request"):
    """One question: the unit that is counted."""

    id = UUID(primary_key=True)
    organisation = UUID()
    contact_id = ForeignKey(references=Contact, null=False)
    author = UUID()
    device = UUID()
    version = Integer()
    received_at = Timestamptz()
    deleted_at = Timestamptz(null=True, default=None)
    deleted_by = UUID(null=True, default=None)
    position = Integer(default=0)
    theme = Varchar(length=40)
    subtheme = Varchar(length=40)
    primary_action = Varchar(length=40, null=True, default=None)
    further_actions = Text(default="[]")
    destination = Varchar(length=40, null=True, default=None)
    self_reliance = Varchar(length=40, null=True, default=None)
    outcome = Varchar(length=40, null=True, default=None)
    barriers = Text(default="[]")
    seen_before = Varchar(length=40, null=True, default=None)
    made_on = UUID(null=True, default=None)


class Note(Table, tablename="note"):
    """Free text, a row of its own: two people who write at once never overwrite each other."""

    id = UUID(primary_key=True)
    organisation = UUID()
    contact_id = ForeignKey(references=Contact, null=False)
    help_request_id = ForeignKey(references=HelpRequest, null=True, default=None)
    author = UUID()
    device = UUID()
    version = Integer()
    received_at = Timestamptz()
    deleted_at = Timestamptz(null=True, default=None)
    deleted_by = UUID(null=True, default=None)
    text = Text()
    made_on = UUID(null=True, default=None)


class WeekCount(Table, tablename="week_count"):
    """One week of one worker, counted: "my week" without the records, which leave the device after some weeks.

    `week` is 2026-W47; `by_…` are JSON objects from code to count.
    """

    id = UUID(primary_key=True)
    organisation = UUID()
    author = UUID()
    version = Integer()
    week = Varchar(length=8)
    contacts = Integer()
    requests = Integer()
    by_theme = Text(default="{}")
    by_language = Text(default="{}")
    by_setting = Text(default="{}")


INDEXES: tuple[str, ...] = (
    "CREATE INDEX contact_team ON contact (organisation, team, received_at)",
    "CREATE INDEX contact_author ON contact (organisation, author, received_at)",
    "CREATE INDEX contact_month ON contact (organisation, month)",
    "CREATE INDEX contact_merged_into ON contact (merged_into) WHERE merged_into IS NOT NULL",
    "CREATE INDEX help_request_contact ON help_request (contact_id)",
    "CREATE INDEX help_request_subtheme ON help_request (organisation, subtheme)",
    "CREATE INDEX note_contact ON note (contact_id)",
    "CREATE INDEX note_help_request ON note (help_request_id)",
    "CREATE UNIQUE INDEX week_count_week ON week_count (organisation, author, week)",
)
