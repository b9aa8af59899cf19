-- What came of a batch of documents, one line each: kept for whoever sent it, so that reloading its page acts on nothing.
-- depends: 0042.misreadings

CREATE TABLE batch (
  id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id  integer     NOT NULL REFERENCES app_user,
  act      text        NOT NULL CHECK (act IN ('submit', 'approve', 'return', 'delete', 'delist')),
  at       timestamptz NOT NULL,
  back     text        NOT NULL,   -- the list that it was sent from, as that was asked
  lines    jsonb       NOT NULL
);
CREATE INDEX batch_at ON batch (at);
GRANT SELECT, INSERT ON batch TO panhuo_portal;
GRANT SELECT (at), DELETE ON batch TO panhuo_exchange;
