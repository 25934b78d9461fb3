-- Guides: working copies over what is shipped, published versions, checks, clashes, sound, counts without identity.
-- kind: expand

CREATE TABLE guide (
  id UUID PRIMARY KEY,
  organisation UUID NOT NULL,
  code VARCHAR(40) NOT NULL,
  jurisdiction VARCHAR(12) NOT NULL,
  source VARCHAR(12) NOT NULL,
  shipped TEXT,
  shipped_digest VARCHAR(64),
  created_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX guide_code ON guide (organisation, code);

CREATE TABLE guide_change (
  id UUID PRIMARY KEY,
  organisation UUID NOT NULL,
  guide UUID NOT NULL REFERENCES guide (id),
  language VARCHAR(12) NOT NULL,
  part VARCHAR(60) NOT NULL,
  content TEXT,
  base TEXT,
  changed_by UUID NOT NULL,
  changed_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX guide_change_part ON guide_change (guide, language, part);

CREATE TABLE guide_version (
  id UUID PRIMARY KEY,
  organisation UUID NOT NULL,
  guide UUID NOT NULL REFERENCES guide (id),
  version INTEGER NOT NULL,
  document TEXT NOT NULL,
  digest VARCHAR(64) NOT NULL,
  draft_revision VARCHAR(16) NOT NULL,
  published_by UUID,
  published_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX guide_version_number ON guide_version (guide, version);
CREATE INDEX guide_version_digest ON guide_version (digest);

CREATE TABLE guide_clash (
  id UUID PRIMARY KEY,
  organisation UUID NOT NULL,
  guide UUID NOT NULL REFERENCES guide (id),
  language VARCHAR(12) NOT NULL,
  part VARCHAR(60) NOT NULL,
  mine TEXT,
  theirs TEXT,
  mine_by UUID NOT NULL,
  theirs_by UUID,
  created_at TIMESTAMPTZ NOT NULL,
  choice VARCHAR(10),
  settled_by UUID,
  settled_at TIMESTAMPTZ
);
CREATE INDEX guide_clash_guide ON guide_clash (guide, settled_at);

CREATE TABLE guide_sound (
  id UUID PRIMARY KEY,
  organisation UUID NOT NULL,
  guide UUID NOT NULL REFERENCES guide (id),
  language VARCHAR(12) NOT NULL,
  message VARCHAR(60) NOT NULL,
  text_hash VARCHAR(12) NOT NULL,
  voice VARCHAR(8) NOT NULL,
  speaker VARCHAR(40),
  opus_name VARCHAR(40) NOT NULL,
  mp3_name VARCHAR(40) NOT NULL,
  seconds DOUBLE PRECISION NOT NULL,
  opus BYTEA NOT NULL,
  mp3 BYTEA NOT NULL,
  made_by UUID,
  created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX guide_sound_guide ON guide_sound (guide, language, message);
CREATE INDEX guide_sound_opus ON guide_sound (opus_name);
CREATE INDEX guide_sound_mp3 ON guide_sound (mp3_name);

CREATE TABLE guide_voice (
  id UUID PRIMARY KEY,
  organisation UUID NOT NULL,
  language VARCHAR(12) NOT NULL,
  allowed BOOLEAN NOT NULL,
  decided_by UUID NOT NULL,
  decided_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX guide_voice_language ON guide_voice (organisation, language);

CREATE TABLE guide_answer (
  id UUID PRIMARY KEY,
  organisation UUID NOT NULL,
  guide UUID NOT NULL REFERENCES guide (id),
  language VARCHAR(12) NOT NULL,
  message VARCHAR(60) NOT NULL,
  text_hash VARCHAR(12) NOT NULL,
  source_hash VARCHAR(12) NOT NULL,
  better TEXT,
  capacity VARCHAR(40) NOT NULL,
  answered_by UUID NOT NULL,
  answered_at TIMESTAMPTZ NOT NULL,
  status VARCHAR(10) NOT NULL,
  settled_by UUID,
  settled_at TIMESTAMPTZ
);
CREATE INDEX guide_answer_guide ON guide_answer (guide, status, language, message);
