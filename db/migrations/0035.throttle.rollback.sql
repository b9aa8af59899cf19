ALTER TABLE app_user DROP COLUMN password_expires_at;
ALTER TABLE app_user ADD COLUMN failed_logins integer NOT NULL DEFAULT 0, ADD COLUMN locked_until timestamptz;
CREATE TABLE login_try (
  subject  text        NOT NULL,
  at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX login_try_subject ON login_try (subject, at);
GRANT SELECT, INSERT, DELETE ON login_try TO panhuo_portal;
DROP TABLE known_device, sign_in_throttle;
