-- I5: a suggestion is accepted with the draft that follows from it, not before; who agrees but can't draft is on record.
-- depends: 0031.waiting 0035.throttle

ALTER TABLE suggestion
  ADD COLUMN change_id bigint REFERENCES card_change ON DELETE SET NULL,  -- the draft; of an open one: the draft that was deleted
  ADD COLUMN agreed_by integer REFERENCES app_user,   -- who may decide and not draft
  ADD COLUMN agreed_at timestamptz,
  ADD CONSTRAINT suggestion_agreed_check CHECK ((agreed_by IS NULL) = (agreed_at IS NULL));
CREATE INDEX suggestion_change ON suggestion (change_id) WHERE change_id IS NOT NULL;

-- What was accepted before: bound to its draft, or, where nobody ever drafted one, open again.
UPDATE suggestion
   SET change_id = (SELECT card_change.id
                      FROM card_change JOIN review ON review.id = card_change.review_id
                     WHERE card_change.card_id = suggestion.card_id
                       AND card_change.kind IN ('status', 'recover')
                       AND card_change.after ->> 'status' IN ('idle', 'to_dispose')
                       AND card_change.drafted_at >= suggestion.closed_at
                       AND review.state <> 'void'
                     ORDER BY card_change.id LIMIT 1)
 WHERE state = 'accepted';
UPDATE suggestion
   SET state = 'open', agreed_by = closed_by, agreed_at = CASE WHEN closed_by IS NOT NULL THEN closed_at END,
       closed_at = NULL, closed_by = NULL, quiet_until = NULL
  FROM card
 WHERE suggestion.id IN (SELECT DISTINCT ON (card_id) id FROM suggestion WHERE state = 'accepted' AND change_id IS NULL
                          ORDER BY card_id, raised_at DESC, id DESC)
   AND card.id = suggestion.card_id
   AND card.status IN ('in_use', 'leased', 'lent')
   AND NOT EXISTS (SELECT FROM suggestion AS standing
                    WHERE standing.card_id = suggestion.card_id AND standing.state IN ('open', 'waiting'));
