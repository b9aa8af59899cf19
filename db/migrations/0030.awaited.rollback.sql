-- What a card's unit keeps to itself is gone from what was queued, and stays so.
DROP INDEX ministry_received_refused;
DROP TABLE ministry_awaited;
