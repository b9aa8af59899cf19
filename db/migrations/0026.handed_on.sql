-- J4: what a received card's change keeps of the giver's: neither its people and places nor what a unit keeps to itself.
-- depends: 0025.seen

UPDATE card_change
   SET before = before - ARRAY['using_section', 'managing_section', 'custodian', 'place', 'voucher_number', 'ledger_account',
                               'fiscal_funds', 'other_funds', 'supplier']
 WHERE origin_card_id IS NOT NULL;
