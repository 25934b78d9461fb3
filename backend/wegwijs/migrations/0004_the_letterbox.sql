-- The letterbox: envelopes that wait for a person's decision, and how much a device handed in without a session.
-- kind: expand

CREATE TABLE quarantine (
  id UUID PRIMARY KEY,
  organisation UUID NOT NULL,
  team UUID NOT NULL,
  device UUID,
  membership UUID,
  mark VARCHAR(64) NOT NULL,
  envelope TEXT,
  mutations INTEGER NOT NULL,
  reason VARCHAR(20) NOT NULL,
  via VARCHAR(10) NOT NULL,
  received_at TIMESTAMPTZ NOT NULL,
  state VARCHAR(10) NOT NULL,
  settled_by UUID,
  settled_at TIMESTAMPTZ
);

CREATE TABLE quarantine_record (
  id {serial} PRIMARY KEY,
  organisation UUID NOT NULL,
  quarantine UUID NOT NULL,
  mutation_id UUID NOT NULL,
  entity_id UUID NOT NULL
);

CREATE TABLE letterbox_day (
  id UUID PRIMARY KEY,
  device UUID NOT NULL,
  day VARCHAR(10) NOT NULL,
  envelopes INTEGER NOT NULL,
  bytes BIGINT NOT NULL
);

CREATE UNIQUE INDEX quarantine_mark ON quarantine (organisation, mark);
CREATE INDEX quarantine_waiting ON quarantine (organisation, team, state);
CREATE INDEX quarantine_record_of ON quarantine_record (quarantine);
CREATE INDEX quarantine_record_entity ON quarantine_record (organisation, entity_id);
CREATE UNIQUE INDEX letterbox_day_device ON letterbox_day (device, day);
