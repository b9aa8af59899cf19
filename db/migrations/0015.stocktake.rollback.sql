ALTER TABLE card DROP COLUMN seen_at, DROP COLUMN seen_place;
DROP TABLE stocktake_difference, unknown_code, stocktake_count, scan_device, stocktake_handover, stocktake_expected, stocktake;
DELETE FROM review_node WHERE kind = 'stocktake';
