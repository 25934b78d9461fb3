"""What the server remembers of its own keeping: verified backups, and when each job of the night ran."""

from piccolo.columns import UUID, BigInt, Timestamptz, Varchar
from piccolo.table import Table


class Backup(Table, tablename="backup"):
    """A backup that was opened again and compared, row by row. Others are not written down."""

    id = UUID(primary_key=True)
    file = Varchar(length=200)
    made_at = Timestamptz()
    verified_at = Timestamptz()
    bytes = BigInt()
    row_count = BigInt()


class JobRun(Table, tablename="job_run"):
    """The last run of a job. Who holds the lease runs it; `problem` is why it failed."""

    id = UUID(primary_key=True)
    name = Varchar(length=40, unique=True)
    holder = UUID(null=True, default=None)
    lease_until = Timestamptz(null=True, default=None)
    started_at = Timestamptz(null=True, default=None)
    finished_at = Timestamptz(null=True, default=None)
    problem = Varchar(length=40, null=True, default=None)


INDEXES: tuple[str, ...] = ("CREATE INDEX backup_verified_at ON backup (verified_at)",)
