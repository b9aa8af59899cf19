-- F3: an operator compares from the portal too.
-- depends: 0013.received

GRANT INSERT ON ministry_reconciliation TO panhuo_portal;
