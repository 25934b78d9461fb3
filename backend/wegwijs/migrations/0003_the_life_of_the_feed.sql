-- The life of the feed and of the server: marks of time, floors of pruning, week counts, jobs, backups.
-- kind: expand

ALTER TABLE organisation ADD COLUMN window_days INTEGER NOT NULL DEFAULT 28;

CREATE TABLE sync_mark (
  id {serial} PRIMARY KEY,
  organisation UUID NOT NULL,
  marked_at TIMESTAMPTZ NOT NULL,
  seq BIGINT NOT NULL
);

CREATE TABLE sync_floor (
  id {serial} PRIMARY KEY,
  organisation UUID NOT NULL,
  scope VARCHAR(80) NOT NULL,
  pruned_to BIGINT NOT NULL
);

CREATE TABLE week_count (
  id UUID PRIMARY KEY,
  organisation UUID NOT NULL,
  author UUID NOT NULL,
  version INTEGER NOT NULL,
  week VARCHAR(8) NOT NULL,
  contacts INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  by_theme TEXT NOT NULL,
  by_language TEXT NOT NULL,
  by_setting TEXT NOT NULL
);

CREATE TABLE job_run (
  id UUID PRIMARY KEY,
  name VARCHAR(40) NOT NULL UNIQUE,
  holder UUID,
  lease_until TIMESTAMPTZ,
  started_at TIMESTAMPTZ,
  finished_at TIMESTAMPTZ,
  problem VARCHAR(40)
);

CREATE TABLE backup (
  id UUID PRIMARY KEY,
  file VARCHAR(200) NOT NULL,
  made_at TIMESTAMPTZ NOT NULL,
  verified_at TIMESTAMPTZ NOT NULL,
  bytes BIGINT NOT NULL,
  row_count BIGINT NOT NULL
);

CREATE UNIQUE INDEX sync_mark_at ON sync_mark (organisation, marked_at);
CREATE UNIQUE INDEX sync_floor_scope ON sync_floor (organisation, scope);
CREATE UNIQUE INDEX week_count_week ON week_count (organisation, author, week);
CREATE INDEX backup_verified_at ON backup (verified_at);
