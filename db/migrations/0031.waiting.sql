-- I4: a suggestion whose evidence has a gap waits until it is whole again; only evidence against it takes it back.
-- depends: 0031.rules

ALTER TABLE suggestion
  DROP CONSTRAINT suggestion_state_check,
  DROP CONSTRAINT suggestion_check,
  ADD COLUMN waiting_since timestamptz,           -- reason is then a code of analytics, as of one withdrawn
  ADD CONSTRAINT suggestion_state_check
      CHECK (state IN ('open', 'waiting', 'accepted', 'dismissed', 'stocktake', 'withdrawn')),
  ADD CONSTRAINT suggestion_closed_check CHECK ((state IN ('open', 'waiting')) = (closed_at IS NULL)),
  ADD CONSTRAINT suggestion_waiting_check CHECK ((state = 'waiting') = (waiting_since IS NOT NULL));
DROP INDEX suggestion_one_open;
CREATE UNIQUE INDEX suggestion_one_standing ON suggestion (card_id) WHERE state IN ('open', 'waiting');
