-- Sheets and listings are sorted by what their lists show (D4): by an index where a list may be long.
-- depends: 0035.throttle

CREATE INDEX review_sheet_title ON review (kind, title, id) WHERE kind <> 'card_change';
CREATE INDEX listing_managed_name ON listing (kind, name, id) WHERE reason <> 'revoked';
CREATE INDEX listing_managed_value ON listing (kind, value, id) WHERE reason <> 'revoked';
