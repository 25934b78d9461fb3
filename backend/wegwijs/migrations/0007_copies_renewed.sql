-- How often a device found that its copy was not the server's, and fetched it anew.
-- kind: expand

ALTER TABLE device ADD COLUMN digest_mismatches INTEGER;
