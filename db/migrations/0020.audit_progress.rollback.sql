REVOKE SELECT (id, read_at, settled_at), DELETE ON notice FROM panhuo_notifier;
DROP INDEX delivery_of_notice, notice_over;
DROP TABLE audit_check;
