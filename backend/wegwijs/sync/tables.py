"""What the synchronisation itself remembers: the clock, the feed, the ledger, conflicts, purged ids.

Unique indexes begin with the organisation, and nothing joins across organisations.
"""

from piccolo.columns import UUID, BigInt, BigSerial, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table


class SyncClock(Table, tablename="sync_clock"):
    """One counter row an organisation, made with the organisation: the unit of order."""

    organisation = UUID(primary_key=True)
    epoch = Varchar(length=36)
    seq = BigInt(default=0)
    durable_seq = BigInt(default=0)


class SyncChange(Table, tablename="sync_change"):
    """The latest change of each (scope, entity, id): what a pull answers, in the order of commits."""

    id = BigSerial(primary_key=True)
    organisation = UUID()
    scope = Varchar(length=80)
    entity = Varchar(length=40)
    entity_id = UUID()
    seq = BigInt()
    kind = Varchar(length=6)
    reason = Varchar(length=10, null=True, default=None)
    version = Integer(default=0)


class SyncLedger(Table, tablename="sync_ledger"):
    """Every mutation that was handed in, by id and hash, with the result it was given."""

    id = BigSerial(primary_key=True)
    organisation = UUID()
    mutation_id = UUID()
    membership = UUID()
    device = UUID()
    no = BigInt()
    hash = Varchar(length=64)
    status = Varchar(length=10)
    seq = BigInt(null=True, default=None)
    result = Text(null=True, default=None)
    payload = Text(null=True, default=None)
    waits_for = UUID(null=True, default=None)
    received_at = Timestamptz()


class SyncConflict(Table, tablename="sync_conflict"):
    """Two values of one field: the server's, which stays, and the author's, which is kept until somebody chose."""

    id = UUID(primary_key=True)
    organisation = UUID()
    entity = Varchar(length=40)
    entity_id = UUID()
    field = Varchar(length=40)
    mutation_id = UUID()
    membership = UUID()
    mine = Text()
    theirs = Text()
    created_at = Timestamptz()
    settled_at = Timestamptz(null=True, default=None)


class PurgedId(Table, tablename="purged_id"):
    """The SHA-256 of the id of a purged record: all that stays, so that a late edit is answered `gone`."""

    id = BigSerial(primary_key=True)
    organisation = UUID()
    digest = Varchar(length=64)
    purged_at = Timestamptz()


INDEXES: tuple[str, ...] = (
    "CREATE UNIQUE INDEX sync_change_row ON sync_change (organisation, scope, entity, entity_id)",
    "CREATE UNIQUE INDEX sync_change_seq ON sync_change (organisation, scope, seq)",
    "CREATE UNIQUE INDEX sync_ledger_mutation ON sync_ledger (organisation, mutation_id)",
    "CREATE INDEX sync_ledger_waits ON sync_ledger (organisation, waits_for) WHERE waits_for IS NOT NULL",
    "CREATE INDEX sync_conflict_row ON sync_conflict (organisation, entity, entity_id)",
    "CREATE UNIQUE INDEX purged_id_digest ON purged_id (organisation, digest)",
)
