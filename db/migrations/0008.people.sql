-- People and their security: second factor, temporary passwords, versions; and what the audit page reads by.
-- depends: 0007.cards

ALTER TABLE app_user
  ADD COLUMN IF NOT EXISTS email text NOT NULL DEFAULT '',
  ADD COLUMN phone                text    NOT NULL DEFAULT '',
  ADD COLUMN must_change_password boolean NOT NULL DEFAULT false,
  ADD COLUMN version              integer NOT NULL DEFAULT 1,     -- raised by every change of who they are
  ADD COLUMN totp_secret          bytea,                          -- encrypted; NULL: no second factor
  ADD COLUMN totp_pending         bytea,                          -- drawn as a code, not confirmed yet
  ADD COLUMN totp_last_step       bigint  NOT NULL DEFAULT 0;     -- a code opens once

CREATE TABLE recovery_code (
  id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id  integer     NOT NULL REFERENCES app_user,
  hash     bytea       NOT NULL,
  used_at  timestamptz,
  UNIQUE (user_id, hash)
);

ALTER TABLE unit ADD COLUMN version integer NOT NULL DEFAULT 1;

-- The audit page: newest first by action and by time; a word anywhere in actor or subject.
CREATE INDEX audit_entry_action ON audit_entry (action, id);
CREATE INDEX audit_entry_at ON audit_entry (at, id);
CREATE INDEX audit_entry_words ON audit_entry USING gin ((actor || ' ' || subject) gin_trgm_ops);

GRANT SELECT, INSERT, UPDATE, DELETE ON recovery_code TO panhuo_portal;
GRANT DELETE ON section TO panhuo_portal;
