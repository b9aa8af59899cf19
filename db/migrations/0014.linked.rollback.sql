DROP INDEX listing_live_code;
DROP TABLE linked_push;
ALTER TABLE linked_listing DROP COLUMN digest;
