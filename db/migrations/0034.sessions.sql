-- Who is signed in where. A cookie bears a random token, of which only the hash is stored; what ends a session is in its row.
-- depends: 0029.clocks 0030.awaited

CREATE TABLE login_session (
  token_hash    bytea       PRIMARY KEY CHECK (length(token_hash) = 32),   -- SHA-256
  id            bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
  user_id       integer     NOT NULL REFERENCES app_user,
  epoch         integer     NOT NULL,     -- app_user.session_epoch when the password was checked: raised since, this has ended
  complete      boolean     NOT NULL,     -- false: the password was right, the second factor's code is still to come
  began_at      timestamptz NOT NULL,
  seen_at       timestamptz NOT NULL,     -- written once a minute at most
  confirmed_at  timestamptz NOT NULL,     -- when the password was last typed
  address       text        NOT NULL,     -- of the last use that was written
  user_agent    text        NOT NULL,
  ended_at      timestamptz,
  end_reason    text CHECK (end_reason IN ('signed_out', 'everywhere', 'by_owner', 'by_administrator', 'password',
                                           'second_factor', 'deactivated', 'rights')),
  CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX login_session_user ON login_session (user_id, id DESC);

GRANT SELECT, INSERT, UPDATE ON login_session TO panhuo_portal;
GRANT SELECT (seen_at), DELETE ON login_session TO panhuo_exchange;   -- its schedule removes old rows
