-- J3: a form makes what it makes once, however often it is sent. Each bears a key; what came of it stands here.
-- depends: 0042.misreadings

CREATE TABLE submission (
  user_id   integer     NOT NULL REFERENCES app_user,
  key       text        NOT NULL CHECK (key ~ '^[A-Za-z0-9_-]{16,64}$'),   -- drawn with the form
  at        timestamptz NOT NULL,
  digest    text,                  -- of what the form said
  address   text,                  -- the page of what came of it; NULL: nothing yet, it was refused
  PRIMARY KEY (user_id, key),
  CHECK ((digest IS NULL) = (address IS NULL))
);
CREATE INDEX submission_at ON submission (at);

GRANT SELECT, INSERT, UPDATE, DELETE ON submission TO panhuo_portal;
GRANT SELECT (at), DELETE ON submission TO panhuo_exchange;   -- its schedule removes old rows
