DROP TABLE audit_entry, audit_head;
DROP FUNCTION audit_append(text, text, text, json, text);
DROP FUNCTION audit_refuse();
