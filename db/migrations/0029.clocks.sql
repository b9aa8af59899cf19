-- H3: by how much a device's clock was wrong; who was told that a thing was seen elsewhere, so that it is told once, whatever the retries (H2).
-- depends: 0025.seen

ALTER TABLE stocktake_count ADD COLUMN clock_off interval NOT NULL DEFAULT '0';  -- at least: its moment less counted_at; 0 where clock_wrong is all that is known
ALTER TABLE stocktake_count ADD COLUMN told_to integer REFERENCES app_user;       -- whose it is to count, of outcome elsewhere
