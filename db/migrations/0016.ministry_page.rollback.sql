REVOKE INSERT ON ministry_reconciliation FROM panhuo_portal;
