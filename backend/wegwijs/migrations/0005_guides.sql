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
