DROP INDEX suggestion_change;
ALTER TABLE suggestion
  DROP CONSTRAINT suggestion_agreed_check,
  DROP COLUMN agreed_at,
  DROP COLUMN agreed_by,
  DROP COLUMN change_id;
