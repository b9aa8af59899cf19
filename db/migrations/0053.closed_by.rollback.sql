ALTER TABLE assessment DROP COLUMN closed_by, DROP COLUMN closed_counted;
