-- The house: organisations and their people, catalogue entries, sync, contacts.
-- kind: expand

CREATE TABLE organisation (
  id UUID PRIMARY KEY,
  name VARCHAR(200) NOT NULL,
  slug VARCHAR(60) NOT NULL UNIQUE,
  country VARCHAR(2) NOT NULL,
  default_language VARCHAR(12) NOT NULL,
  time_zone VARCHAR(60) NOT NULL,
  legal_hold BOOLEAN NOT NULL,
  is_demo BOOLEAN NOT NULL,
  created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE team (
  id UUID PRIMARY KEY,
  organisation UUID NOT NULL,
  name VARCHAR(200) NOT NULL,
  created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX team_organisation ON team (organisation);

CREATE TABLE person (
  id UUID PRIMARY KEY,
  display_name VARCHAR(200) NOT NULL,
  created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE membership (
  id UUID PRIMARY KEY,
  organisation UUID NOT NULL,
  person UUID NOT NULL,
  team UUID NOT NULL,
  role VARCHAR(20) NOT NULL,
  employer VARCHAR(200),
  worker_group VARCHAR(200),
  active BOOLEAN NOT NULL,
  created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX membership_organisation ON membership (organisation);
CREATE INDEX membership_person ON membership (person);
CREATE INDEX membership_team ON membership (team);

CREATE TABLE device (
  id UUID PRIMARY KEY,
  organisation UUID NOT NULL,
  membership UUID NOT NULL,
  name VARCHAR(120) NOT NULL,
  public_key VARCHAR(64) NOT NULL,
  schema INTEGER NOT NULL,
  app_version VARCHAR(40) NOT NULL,
  enrolled_at TIMESTAMPTZ NOT NULL,
  last_seen_at TIMESTAMPTZ,
  revoked_at TIMESTAMPTZ,
  storage_persisted BOOLEAN,
  unsent INTEGER
);
CREATE INDEX device_organisation ON device (organisation);
CREATE INDEX device_membership ON device (membership);

CREATE TABLE session (
  id UUID PRIMARY KEY,
  membership UUID NOT NULL,
  device UUID NOT NULL,
  token_hash VARCHAR(64) NOT NULL UNIQUE,
  created_at TIMESTAMPTZ NOT NULL,
  last_used_at TIMESTAMPTZ NOT NULL,
  absolute_until TIMESTAMPTZ NOT NULL,
  ended_at TIMESTAMPTZ
);
CREATE INDEX session_membership ON session (membership);
CREATE INDEX session_device ON session (device);

CREATE TABLE invitation (
  id UUID PRIMARY KEY,
  membership UUID NOT NULL,
  code_hash VARCHAR(64) NOT NULL UNIQUE,
  reusable BOOLEAN NOT NULL,
  created_by UUID,
  created_at TIMESTAMPTZ NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL,
  used_at TIMESTAMPTZ
);
CREATE INDEX invitation_membership ON invitation (membership);

CREATE TABLE sign_in_challenge (
  id UUID PRIMARY KEY,
  device UUID NOT NULL,
  challenge_hash VARCHAR(64) NOT NULL UNIQUE,
  expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX sign_in_challenge_device ON sign_in_challenge (device);
CREATE INDEX sign_in_challenge_expires_at ON sign_in_challenge (expires_at);

CREATE TABLE throttle (
  id UUID PRIMARY KEY,
  bucket VARCHAR(64) NOT NULL UNIQUE,
  tries INTEGER NOT NULL,
  started_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX throttle_started_at ON throttle (started_at);

CREATE TABLE organisation_key (
  id UUID PRIMARY KEY,
  organisation UUID NOT NULL,
  purpose VARCHAR(10) NOT NULL,
  kid VARCHAR(40) NOT NULL,
  public_key TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  retired_at TIMESTAMPTZ
);
CREATE INDEX organisation_key_organisation ON organisation_key (organisation);

CREATE TABLE organisation_entry (
  id UUID PRIMARY KEY,
  organisation UUID NOT NULL,
  list VARCHAR(40) NOT NULL,
  code VARCHAR(60) NOT NULL,
  parent VARCHAR(60),
  labels TEXT NOT NULL,
  short TEXT NOT NULL,
  aliases TEXT NOT NULL,
  sensitive VARCHAR(20),
  hidden BOOLEAN,
  retired BOOLEAN,
  switched_on BOOLEAN,
  position INTEGER,
  updated_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE sync_clock (
  organisation UUID PRIMARY KEY,
  epoch VARCHAR(36) NOT NULL,
  seq BIGINT NOT NULL,
  durable_seq BIGINT NOT NULL
);

CREATE TABLE sync_change (
  id {serial} PRIMARY KEY,
  organisation UUID NOT NULL,
  scope VARCHAR(80) NOT NULL,
  entity VARCHAR(40) NOT NULL,
  entity_id UUID NOT NULL,
  seq BIGINT NOT NULL,
  kind VARCHAR(6) NOT NULL,
  reason VARCHAR(10),
  version INTEGER NOT NULL
);

CREATE TABLE sync_ledger (
  id {serial} PRIMARY KEY,
  organisation UUID NOT NULL,
  mutation_id UUID NOT NULL,
  membership UUID NOT NULL,
  device UUID NOT NULL,
  no BIGINT NOT NULL,
  hash VARCHAR(64) NOT NULL,
  status VARCHAR(12) NOT NULL,
  seq BIGINT,
  result TEXT,
  payload TEXT,
  waits_for UUID,
  received_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE sync_conflict (
  id UUID PRIMARY KEY,
  organisation UUID NOT NULL,
  entity VARCHAR(40) NOT NULL,
  entity_id UUID NOT NULL,
  field VARCHAR(40) NOT NULL,
  mutation_id UUID NOT NULL,
  membership UUID NOT NULL,
  mine TEXT NOT NULL,
  theirs TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  settled_at TIMESTAMPTZ
);

CREATE TABLE purged_id (
  id {serial} PRIMARY KEY,
  organisation UUID NOT NULL,
  digest VARCHAR(64) NOT NULL,
  purged_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE contact (
  id UUID PRIMARY KEY,
  organisation UUID NOT NULL,
  team UUID NOT NULL,
  author UUID NOT NULL,
  device UUID NOT NULL,
  version INTEGER NOT NULL,
  received_at TIMESTAMPTZ NOT NULL,
  deleted_at TIMESTAMPTZ,
  deleted_by UUID,
  occurred_at TIMESTAMPTZ,
  date_precision VARCHAR(5) NOT NULL,
  day VARCHAR(10),
  month VARCHAR(7),
  clock_skewed BOOLEAN NOT NULL,
  setting VARCHAR(40),
  language VARCHAR(40),
  group_size INTEGER,
  duration INTEGER,
  heavy BOOLEAN NOT NULL,
  referred_by VARCHAR(40),
  interpreting VARCHAR(40),
  incomplete BOOLEAN NOT NULL,
  tier VARCHAR(12) NOT NULL,
  gender VARCHAR(40),
  age_band VARCHAR(40),
  residence_status VARCHAR(40),
  nationality VARCHAR(40),
  district VARCHAR(40),
  household_type VARCHAR(40),
  literacy VARCHAR(40)
);

CREATE TABLE help_request (
  id UUID PRIMARY KEY,
  organisation UUID NOT NULL,
  contact_id UUID NOT NULL REFERENCES contact (id),
  author UUID NOT NULL,
  device UUID NOT NULL,
  version INTEGER NOT NULL,
  received_at TIMESTAMPTZ NOT NULL,
  deleted_at TIMESTAMPTZ,
  deleted_by UUID,
  position INTEGER NOT NULL,
  theme VARCHAR(40) NOT NULL,
  subtheme VARCHAR(40) NOT NULL,
  primary_action VARCHAR(40),
  further_actions TEXT NOT NULL,
  destination VARCHAR(40),
  self_reliance VARCHAR(40),
  outcome VARCHAR(40),
  barriers TEXT NOT NULL,
  seen_before VARCHAR(40)
);

CREATE TABLE note (
  id UUID PRIMARY KEY,
  organisation UUID NOT NULL,
  contact_id UUID NOT NULL REFERENCES contact (id),
  help_request_id UUID REFERENCES help_request (id),
  author UUID NOT NULL,
  device UUID NOT NULL,
  version INTEGER NOT NULL,
  received_at TIMESTAMPTZ NOT NULL,
  deleted_at TIMESTAMPTZ,
  deleted_by UUID,
  text TEXT NOT NULL
);

CREATE UNIQUE INDEX team_name ON team (organisation, name);
CREATE UNIQUE INDEX organisation_key_kid ON organisation_key (organisation, purpose, kid);
CREATE UNIQUE INDEX organisation_entry_code ON organisation_entry (organisation, list, code);
CREATE UNIQUE INDEX sync_change_row ON sync_change (organisation, entity_id, entity, scope);
CREATE UNIQUE INDEX sync_change_seq ON sync_change (organisation, scope, seq);
CREATE UNIQUE INDEX sync_ledger_mutation ON sync_ledger (organisation, mutation_id);
CREATE INDEX sync_ledger_waits ON sync_ledger (organisation, waits_for) WHERE waits_for IS NOT NULL;
CREATE INDEX sync_conflict_row ON sync_conflict (organisation, entity, entity_id);
CREATE UNIQUE INDEX purged_id_digest ON purged_id (organisation, digest);
CREATE INDEX contact_team ON contact (organisation, team, received_at);
CREATE INDEX contact_author ON contact (organisation, author, received_at);
CREATE INDEX contact_month ON contact (organisation, month);
CREATE INDEX help_request_contact ON help_request (contact_id);
CREATE INDEX help_request_subtheme ON help_request (organisation, subtheme);
CREATE INDEX note_contact ON note (contact_id);
CREATE INDEX note_help_request ON note (help_request_id);
