ALTER TABLE review DROP COLUMN edited_by;
