-- F3: since when a document of the aggregator's has not arrived; J4: what a card's unit keeps to itself does not go up.
-- depends: 0027.heard 0029.clocks

-- One row a listing that the aggregator has sent more about than was applied here, as comparisons saw it.
CREATE TABLE ministry_awaited (
  listing_uid  uuid        PRIMARY KEY,
  heard        integer     NOT NULL,   -- the last document that was applied: the next is awaited
  since        timestamptz NOT NULL    -- the aggregator had sent it by then
);
CREATE INDEX ministry_received_refused ON ministry_received (listing_uid, sequence) WHERE outcome = 'refused' AND settled_at IS NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON ministry_awaited TO panhuo_exchange, panhuo_portal;

-- What may have arrived goes up as it was.
UPDATE ministry_outbox
   SET content = jsonb_set(content, '{facts}', (content->'facts') - ARRAY['custodian', 'supplier', 'fiscal_funds', 'other_funds',
                                                                          'ledger_account', 'voucher_number'])
 WHERE attempts = 0 AND state = 'pending' AND content ? 'facts' AND content->>'kind' <> 'demand';
