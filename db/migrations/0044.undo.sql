-- What was just done and nobody else has seen can be taken back, for some seconds (registry.undo). A draft that is
-- deleted before it was ever submitted stays void until the exchange process removes it with its document.
-- depends: 0042.misreadings 0043.once

CREATE TABLE undo (
  id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id  integer     NOT NULL REFERENCES app_user,    -- who did it: nobody else takes it back
  act      text        NOT NULL,                        -- a row of portal.undo
  facts    jsonb       NOT NULL,                        -- what it was done to, and how that was before
  until    timestamptz NOT NULL,
  taken_at timestamptz
);
CREATE INDEX undo_until ON undo (until);
GRANT SELECT, INSERT, UPDATE (taken_at) ON undo TO panhuo_portal;
GRANT SELECT, DELETE ON undo TO panhuo_exchange;

-- What a form had made is deleted: the form may make it again, until that is undone.
ALTER TABLE submission ADD COLUMN gone boolean NOT NULL DEFAULT false;

ALTER TABLE card_change DROP CONSTRAINT card_change_review_id_fkey, ADD FOREIGN KEY (review_id) REFERENCES review ON DELETE CASCADE;
ALTER TABLE sheet DROP CONSTRAINT sheet_review_id_fkey, ADD FOREIGN KEY (review_id) REFERENCES review ON DELETE CASCADE;
ALTER TABLE stocktake DROP CONSTRAINT stocktake_review_id_fkey, ADD FOREIGN KEY (review_id) REFERENCES review ON DELETE CASCADE;
CREATE INDEX review_deleted ON review (moved_at) WHERE state = 'void' AND round = 0;
GRANT DELETE ON review TO panhuo_exchange;
