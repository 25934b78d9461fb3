"""All tables of all parts, for Piccolo's migrations."""

from pathlib import Path

from piccolo.conf.apps import AppConfig
from piccolo.table import Table

from wegwijs.catalogue import tables as catalogue
from wegwijs.contacts import tables as contacts
from wegwijs.guides import tables as guides
from wegwijs.guides.pages import tables as guide_pages
from wegwijs.operation import tables as operation
from wegwijs.people import tables as people
from wegwijs.sync import tables as sync

TABLES: list[type[Table]] = [
    people.Organisation,
    people.Team,
    people.Person,
    people.Membership,
    people.Device,
    people.Session,
    people.Invitation,
    people.SignInChallenge,
    people.Throttle,
    people.OrganisationKey,
    catalogue.OrganisationEntry,
    sync.SyncClock,
    sync.SyncChange,
    sync.SyncLedger,
    sync.SyncConflict,
    sync.Revision,
    sync.PurgedId,
    sync.SyncMark,
    sync.SyncFloor,
    sync.Quarantine,
    sync.QuarantineRecord,
    sync.LetterboxDay,
    contacts.Contact,
    contacts.HelpRequest,
    contacts.Note,
    contacts.WeekCount,
    operation.Backup,
    operation.JobRun,
    *guides.TABLES,
    *guide_pages.TABLES,
]

INDEXES = (
    *people.INDEXES,
    *catalogue.INDEXES,
    *sync.INDEXES,
    *contacts.INDEXES,
    *guides.INDEXES,
    *guide_pages.INDEXES,
    *operation.INDEXES,
)

APP_CONFIG = AppConfig(
    app_name="wegwijs",
    migrations_folder_path=str(Path(__file__).parent / "migrations"),
    table_classes=TABLES,
    migration_dependencies=[],
    commands=[],
)
