REVOKE DELETE ON review FROM panhuo_exchange;
DELETE FROM review WHERE state = 'void' AND round = 0;
DROP INDEX review_deleted;
ALTER TABLE card_change DROP CONSTRAINT card_change_review_id_fkey, ADD FOREIGN KEY (review_id) REFERENCES review;
ALTER TABLE sheet DROP CONSTRAINT sheet_review_id_fkey, ADD FOREIGN KEY (review_id) REFERENCES review;
ALTER TABLE stocktake DROP CONSTRAINT stocktake_review_id_fkey, ADD FOREIGN KEY (review_id) REFERENCES review;
DELETE FROM submission WHERE gone;
ALTER TABLE submission DROP COLUMN gone;
DROP TABLE undo;
