-- What no list of categories has can't be kept.
DELETE FROM idle_rule
 WHERE category NOT IN (SELECT code FROM category)
   AND id NOT IN (SELECT rule_id FROM assessment) AND id NOT IN (SELECT rule_id FROM suggestion);
ALTER TABLE idle_rule
  ADD COLUMN norm text NOT NULL DEFAULT 'office' CHECK (norm IN ('office', 'large_instrument', 'special_instrument'));
UPDATE idle_rule SET norm = CASE WHEN hours_a_day > 4 THEN 'large_instrument' ELSE 'special_instrument' END WHERE weeks_a_year = 40;
ALTER TABLE idle_rule ALTER COLUMN norm DROP DEFAULT;
ALTER TABLE idle_rule ALTER COLUMN rated_hours DROP EXPRESSION;
ALTER TABLE idle_rule
  ADD CONSTRAINT idle_rule_rated_hours_check CHECK (rated_hours > 0 AND rated_hours <= 24),
  ADD CONSTRAINT idle_rule_category_fkey FOREIGN KEY (category) REFERENCES category,
  DROP COLUMN hours_a_day, DROP COLUMN days_a_week, DROP COLUMN weeks_a_year, DROP COLUMN source, DROP COLUMN made_by;
GRANT UPDATE ON idle_rule TO panhuo_portal;
