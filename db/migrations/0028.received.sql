-- D2, J4: a received card's draft carries none of the giver's books; what its unit has not changed of them goes.
-- depends: 0026.handed_on

UPDATE card_change AS draft
   SET after = draft.after - ARRAY(
         SELECT given.name
           FROM (VALUES ('supplier', card.supplier), ('ledger_account', card.ledger_account),
                        ('voucher_number', card.voucher_number), ('fiscal_funds', card.fiscal_funds::text),
                        ('other_funds', card.other_funds::text)) AS given (name, value)
          WHERE draft.after->>given.name = given.value)
  FROM card, review
 WHERE card.id = draft.origin_card_id AND review.id = draft.review_id AND draft.kind = 'register'
   AND review.state IN ('draft', 'returned');
