DROP TABLE ministry_reconciliation, ministry_statement, ministry_contact;
DROP INDEX ministry_received_once, ministry_outbox_open;
ALTER TABLE ministry_received DROP COLUMN digest, DROP COLUMN times, DROP COLUMN last_at, DROP COLUMN settled_at;
ALTER TABLE ministry_outbox DROP COLUMN hash, DROP COLUMN tries_from, DROP COLUMN refused;
