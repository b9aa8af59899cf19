-- H3: a gun's or a phone's token ends by itself; where it was last used from.
-- depends: 0029.clocks 0030.awaited

ALTER TABLE scan_device ADD COLUMN expires_at timestamptz, ADD COLUMN seen_address text NOT NULL DEFAULT '';
UPDATE scan_device SET expires_at = now() + interval '180 days';   -- those in use don't stop overnight
ALTER TABLE scan_device ALTER COLUMN expires_at SET NOT NULL;
