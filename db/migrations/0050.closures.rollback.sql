ALTER TABLE assessment DROP COLUMN closed;
DROP TABLE closure;
