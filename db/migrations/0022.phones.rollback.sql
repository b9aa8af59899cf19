ALTER TABLE scan_device DROP COLUMN session_epoch;
