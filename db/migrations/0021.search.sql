-- Lists of a million cards: filters are decided in the index of the list's own order.
-- depends: 0009.notices

-- Whoever sees some units of many, or filters, meets fifty cards of theirs without reading the cards between.
CREATE INDEX card_code_facts ON card (code, unit_id, status, type, category, shareable, photographed, id);
