-- Everything a push may meet: outcomes, settled conflicts, revisions, cloned devices, merged contacts.
-- kind: expand

ALTER TABLE device ADD COLUMN cloned_at TIMESTAMPTZ;

ALTER TABLE contact ADD COLUMN made_on UUID;
ALTER TABLE contact ADD COLUMN merged_into UUID;
ALTER TABLE contact ADD COLUMN also_by TEXT;
ALTER TABLE help_request ADD COLUMN made_on UUID;
ALTER TABLE note ADD COLUMN made_on UUID;

ALTER TABLE sync_ledger ADD COLUMN schema INTEGER NOT NULL DEFAULT 1;
ALTER TABLE sync_ledger ADD COLUMN via VARCHAR(10) NOT NULL DEFAULT 'push';
ALTER TABLE sync_ledger ADD COLUMN skew INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sync_ledger ADD COLUMN entity VARCHAR(40);
ALTER TABLE sync_ledger ADD COLUMN entity_id UUID;
ALTER TABLE sync_ledger ADD COLUMN outcome INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sync_ledger ADD COLUMN settled_by UUID;
ALTER TABLE sync_ledger ADD COLUMN settled_at TIMESTAMPTZ;

ALTER TABLE sync_conflict ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE sync_conflict ADD COLUMN team UUID;
ALTER TABLE sync_conflict ADD COLUMN theirs_by UUID;
ALTER TABLE sync_conflict ADD COLUMN mine_at TIMESTAMPTZ;
ALTER TABLE sync_conflict ADD COLUMN theirs_at TIMESTAMPTZ;
ALTER TABLE sync_conflict ADD COLUMN choice VARCHAR(6);
ALTER TABLE sync_conflict ADD COLUMN settled_by UUID;

CREATE TABLE revision (
  id {serial} PRIMARY KEY,
  organisation UUID NOT NULL,
  entity VARCHAR(40) NOT NULL,
  entity_id UUID NOT NULL,
  version INTEGER NOT NULL,
  membership UUID NOT NULL,
  mutation_id UUID NOT NULL,
  received_at TIMESTAMPTZ NOT NULL,
  occurred_at TIMESTAMPTZ NOT NULL,
  old TEXT NOT NULL
);

CREATE INDEX revision_row ON revision (organisation, entity_id, version);
CREATE INDEX sync_ledger_number ON sync_ledger (organisation, device, no);
CREATE INDEX sync_ledger_kept ON sync_ledger (organisation, entity_id) WHERE entity_id IS NOT NULL;
CREATE INDEX sync_ledger_handed_over ON sync_ledger (organisation, membership) WHERE status = 'handed_over';
CREATE INDEX sync_conflict_open ON sync_conflict (organisation, entity_id) WHERE settled_at IS NULL;
CREATE INDEX sync_conflict_team ON sync_conflict (organisation, team) WHERE settled_at IS NULL;
CREATE INDEX contact_merged_into ON contact (merged_into) WHERE merged_into IS NOT NULL;
