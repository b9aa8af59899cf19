REVOKE EXECUTE ON FUNCTION audit_append(text, text, text, json, text) FROM panhuo_notifier;
DROP TABLE delivery, webhook, notice_preference, notice;
