ALTER TABLE scan_device DROP COLUMN expires_at, DROP COLUMN seen_address;
