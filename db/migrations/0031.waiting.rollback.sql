UPDATE suggestion SET state = 'withdrawn', closed_at = waiting_since, waiting_since = NULL WHERE state = 'waiting';
DROP INDEX suggestion_one_standing;
ALTER TABLE suggestion
  DROP CONSTRAINT suggestion_state_check,
  DROP CONSTRAINT suggestion_closed_check,
  DROP CONSTRAINT suggestion_waiting_check,
  DROP COLUMN waiting_since,
  ADD CONSTRAINT suggestion_state_check CHECK (state IN ('open', 'accepted', 'dismissed', 'stocktake', 'withdrawn')),
  ADD CONSTRAINT suggestion_check CHECK ((state = 'open') = (closed_at IS NULL));
CREATE UNIQUE INDEX suggestion_one_open ON suggestion (card_id) WHERE state = 'open';
