REVOKE DELETE ON section FROM panhuo_portal;
DROP INDEX audit_entry_words, audit_entry_at, audit_entry_action;
ALTER TABLE unit DROP COLUMN version;
DROP TABLE recovery_code;
ALTER TABLE app_user
  DROP COLUMN phone, DROP COLUMN must_change_password, DROP COLUMN version,
  DROP COLUMN totp_secret, DROP COLUMN totp_pending, DROP COLUMN totp_last_step,
  DROP COLUMN IF EXISTS email;
