-- The guide pages: what an organisation tells the public, and how often a step was not understood.
-- kind: expand

CREATE TABLE public_facts (
  organisation UUID PRIMARY KEY,
  document TEXT NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE guide_unclear (
  id UUID PRIMARY KEY,
  organisation UUID NOT NULL,
  guide VARCHAR(40) NOT NULL,
  step VARCHAR(60) NOT NULL,
  language VARCHAR(12) NOT NULL,
  month VARCHAR(7) NOT NULL,
  times INTEGER NOT NULL
);
CREATE UNIQUE INDEX guide_unclear_place ON guide_unclear (organisation, guide, step, language, month);
