ALTER TABLE linked_push DROP COLUMN settling;
