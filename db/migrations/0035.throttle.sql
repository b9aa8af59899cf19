-- J1: wrong passwords, codes and tokens are slowed by account and address; devices known from a sign-in are not locked out; temporary passwords expire.
-- depends: 0029.clocks 0030.awaited

-- One row a subject that has failed lately. The typed name is hashed, whether anybody bears it or not.
CREATE TABLE sign_in_throttle (
  subject        bytea            PRIMARY KEY CHECK (length(subject) = 32),   -- SHA-256 of the kind and what it counts
  kind           text             NOT NULL,
  account        bytea            CHECK (length(account) = 32),   -- SHA-256 of 'login:' and the typed name; NULL: of an address alone
  origin         bytea            CHECK (length(origin) = 32),   -- SHA-256 of 'address:' and the address; NULL: from everywhere
  failures       double precision NOT NULL CHECK (failures >= 0),   -- at counted_at; they drain away
  counted_at     timestamptz      NOT NULL,
  blocked_until  timestamptz,
  drained_at     timestamptz      NOT NULL    -- nothing is left by then: the row may go
);
CREATE INDEX sign_in_throttle_account ON sign_in_throttle (account) WHERE account IS NOT NULL;
CREATE INDEX sign_in_throttle_origin ON sign_in_throttle (origin) WHERE origin IS NOT NULL;
CREATE INDEX sign_in_throttle_drained ON sign_in_throttle (drained_at);

-- A browser in which somebody has signed in fully; its cookie bears a random token, of which only the hash is stored.
CREATE TABLE known_device (
  token_hash  bytea        NOT NULL CHECK (length(token_hash) = 32),
  user_id     integer      NOT NULL REFERENCES app_user,
  seen_at     timestamptz  NOT NULL,    -- the last full sign-in
  PRIMARY KEY (token_hash, user_id)
);
CREATE INDEX known_device_user ON known_device (user_id, seen_at DESC);
CREATE INDEX known_device_seen ON known_device (seen_at);

DROP TABLE login_try;
ALTER TABLE app_user DROP COLUMN failed_logins, DROP COLUMN locked_until;
ALTER TABLE app_user ADD COLUMN password_expires_at timestamptz;   -- of a temporary password

GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_throttle, known_device TO panhuo_portal;
GRANT SELECT (drained_at), DELETE ON sign_in_throttle TO panhuo_exchange;   -- its schedule removes old rows
GRANT SELECT (seen_at), DELETE ON known_device TO panhuo_exchange;
GRANT SELECT (password_expires_at), UPDATE (password_expires_at), INSERT (password_expires_at) ON app_user TO panhuo_portal;
