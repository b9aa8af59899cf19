-- H3: a phone whose app somebody has signed in on. It ends with what ends their sessions (epoch); guns go on.
-- depends: 0015.stocktake

ALTER TABLE scan_device ADD COLUMN session_epoch integer;   -- NULL: a gun or another app, until it is revoked
