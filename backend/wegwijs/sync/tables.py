"""What the synchronisation itself remembers: the clock, the feed, the ledger, conflicts, revisions, purged ids.

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
    """Every mutation that was handed in, by id and hash, with the result it was given.

    A payload is kept while somebody may still need it: `held`, `rejected`, `handed_over`. `schema`, `skew` (seconds)
    and `via` (push, letterbox, or let_in: out of quarantine) are what judging it again needs. `entity` and `entity_id`
    are filled where the row tells more than that it happened. `outcome` counts how often the author was told of it as
    the synced `mutation_outcome`; 0: never.
    """

    id = BigSerial(primary_key=True)
    organisation = UUID()
    mutation_id = UUID()
    membership = UUID()
    device = UUID()
    no = BigInt()
    hash = Varchar(length=64)
    status = Varchar(length=12)
    seq = BigInt(null=True, default=None)
    result = Text(null=True, default=None)
    payload = Text(null=True, default=None)
    waits_for = UUID(null=True, default=None)
    received_at = Timestamptz()
    schema = Integer(default=1)
    via = Varchar(length=10, default="push")
    skew = Integer(default=0)
    entity = Varchar(length=40, null=True, default=None)
    entity_id = UUID(null=True, default=None)
    outcome = Integer(default=0)
    settled_by = UUID(null=True, default=None)
    settled_at = Timestamptz(null=True, default=None)


class SyncConflict(Table, tablename="sync_conflict"):
    """Two values of one field: the server's, which stays, and the author's, which is kept until somebody chose.

    `membership` is whose value lost, `team` whose supervisors may choose as well; `mine` and `theirs` are JSON.
    """

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
    version = Integer(default=1)
    team = UUID(null=True, default=None)
    theirs_by = UUID(null=True, default=None)
    mine_at = Timestamptz(null=True, default=None)
    theirs_at = Timestamptz(null=True, default=None)
    choice = Varchar(length=6, null=True, default=None)
    settled_by = UUID(null=True, default=None)


class Revision(Table, tablename="revision"):
    """What an update replaced: the old values of its fields, as JSON, and who changed them when.

    `version` is the record's version that the update made. A purge of the record erases its revisions.
    """

    id = BigSerial(primary_key=True)
    organisation = UUID()
    entity = Varchar(length=40)
    entity_id = UUID()
    version = Integer()
    membership = UUID()
    mutation_id = UUID()
    received_at = Timestamptz()
    occurred_at = Timestamptz()
    old = Text()


class PurgedId(Table, tablename="purged_id"):
    """The SHA-256 of the id of a purged record: all that stays, so that a late edit is answered `gone`."""

    id = BigSerial(primary_key=True)
    organisation = UUID()
    digest = Varchar(length=64)
    purged_at = Timestamptz()


class SyncMark(Table, tablename="sync_mark"):
    """How far an organisation's counter stood at a moment: a job writes one a night, so that `seq` tells an age."""

    id = BigSerial(primary_key=True)
    organisation = UUID()
    marked_at = Timestamptz()
    seq = BigInt()


class SyncFloor(Table, tablename="sync_floor"):
    """How far removals of a scope were pruned: a cursor below it would miss some, and pulls that scope anew."""

    id = BigSerial(primary_key=True)
    organisation = UUID()
    scope = Varchar(length=80)
    pruned_to = BigInt()


class Quarantine(Table, tablename="quarantine"):
    """An envelope that waits for a person's decision, sealed as it came; the payload goes when it is settled.

    `mark` tells the same content from other, `reason` is a code of `sync/quarantine.py`, `state` waiting, accepted,
    rejected or arrived (its mutations came another way).
    """

    id = UUID(primary_key=True)
    organisation = UUID()
    team = UUID()
    device = UUID(null=True, default=None)
    membership = UUID(null=True, default=None)
    mark = Varchar(length=64)
    envelope = Text(null=True, default=None)
    mutations = Integer()
    reason = Varchar(length=20)
    via = Varchar(length=10)
    received_at = Timestamptz()
    state = Varchar(length=10)
    settled_by = UUID(null=True, default=None)
    settled_at = Timestamptz(null=True, default=None)


class QuarantineRecord(Table, tablename="quarantine_record"):
    """What a quarantined envelope says in the clear that it holds: a purge finds it by these."""

    id = BigSerial(primary_key=True)
    organisation = UUID()
    quarantine = UUID()
    mutation_id = UUID()
    entity_id = UUID()


class LetterboxDay(Table, tablename="letterbox_day"):
    """How much a device handed in without a session on one day (UTC)."""

    id = UUID(primary_key=True)
    device = UUID()
    day = Varchar(length=10)
    envelopes = Integer()
    bytes = BigInt()


INDEXES: tuple[str, ...] = (
    "CREATE UNIQUE INDEX sync_change_row ON sync_change (organisation, entity_id, entity, scope)",
    "CREATE UNIQUE INDEX sync_change_seq ON sync_change (organisation, scope, seq)",
    "CREATE UNIQUE INDEX sync_ledger_mutation ON sync_ledger (organisation, mutation_id)",
    "CREATE INDEX sync_ledger_waits ON sync_ledger (organisation, waits_for) WHERE waits_for IS NOT NULL",
    "CREATE INDEX sync_conflict_row ON sync_conflict (organisation, entity, entity_id)",
    "CREATE UNIQUE INDEX sync_mark_at ON sync_mark (organisation, marked_at)",
    "CREATE UNIQUE INDEX sync_floor_scope ON sync_floor (organisation, scope)",
    "CREATE UNIQUE INDEX purged_id_digest ON purged_id (organisation, digest)",
    "CREATE UNIQUE INDEX quarantine_mark ON quarantine (organisation, mark)",
    "CREATE INDEX quarantine_waiting ON quarantine (organisation, team, state)",
    "CREATE INDEX quarantine_record_of ON quarantine_record (quarantine)",
    "CREATE INDEX quarantine_record_entity ON quarantine_record (organisation, entity_id)",
    "CREATE UNIQUE INDEX letterbox_day_device ON letterbox_day (device, day)",
    "CREATE INDEX revision_row ON revision (organisation, entity_id, version)",
    "CREATE INDEX sync_ledger_number ON sync_ledger (organisation, device, no)",
    "CREATE INDEX sync_ledger_kept ON sync_ledger (organisation, entity_id) WHERE entity_id IS NOT NULL",
    "CREATE INDEX sync_ledger_handed_over ON sync_ledger (organisation, membership) WHERE status = 'handed_over'",
    "CREATE INDEX sync_conflict_open ON sync_conflict (organisation, entity_id) WHERE settled_at IS NULL",
    "CREATE INDEX sync_conflict_team ON sync_conflict (organisation, team) WHERE settled_at IS NULL",
)
