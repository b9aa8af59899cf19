DROP TABLE saved_filter, card_import_row, card_change, attachment, upload;
DROP TRIGGER photo_added ON photo;
DROP TRIGGER photo_removed ON photo;
DROP FUNCTION card_photographed();
DROP TRIGGER card_counted_insert ON card;
DROP TRIGGER card_counted_update ON card;
DROP TABLE card_count;
DROP FUNCTION card_count_inserted(), card_count_updated();
DROP INDEX card_value, card_acquired, card_updated, card_name, card_search, card_search_pairs, card_origin, card_type, card_status, card_section, card_unphotographed, card_unit_status, card_unit_type, card_shareable;
CREATE INDEX card_unit_status ON card (unit_id, status);
ALTER TABLE card DROP COLUMN search, DROP COLUMN origin_id, DROP COLUMN photographed;
ALTER TABLE card ALTER COLUMN code TYPE text;
DROP FUNCTION cjk_pairs(text);
CREATE INDEX card_name_trgm ON card USING gin (name gin_trgm_ops);
CREATE OR REPLACE VIEW visible_unit AS
  WITH RECURSIVE below (top, unit_id) AS (
      SELECT id, id FROM unit
       UNION
      SELECT below.top, unit.id FROM unit JOIN below ON unit.parent_id = below.unit_id
  ), inside (top, code) AS (
      SELECT code, code FROM division
       UNION
      SELECT inside.top, division.code FROM division JOIN inside ON division.parent = inside.code
  )
  SELECT app_user.id AS user_id, below.unit_id
    FROM app_user JOIN below ON below.top = app_user.unit_id
   WHERE app_user.type <> '001'
   UNION
  SELECT app_user.id, unit.id
    FROM app_user
    JOIN unit AS bureau ON bureau.id = app_user.unit_id AND bureau.kind = 'finance'
    JOIN division AS seat ON seat.code = bureau.division
    JOIN inside ON inside.top = CASE WHEN seat.level = 'provincial' THEN seat.parent ELSE seat.code END
    JOIN unit ON unit.division = inside.code
   WHERE app_user.type = '002'
   UNION
  SELECT app_user.id, unit.id
    FROM app_user JOIN user_role ON user_role.user_id = app_user.id AND user_role.role = 'auditor'
   CROSS JOIN unit;
DROP FUNCTION scope_of(integer);
