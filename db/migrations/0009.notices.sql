-- J2: the inbox, who wants e-mail of what, webhooks, and the outbox of both.
-- depends: 0007.cards

-- The people's migration adds the same column; whichever comes first.
ALTER TABLE app_user ADD COLUMN IF NOT EXISTS email text NOT NULL DEFAULT '';

-- What somebody is told. Told again before it is settled, the row is refreshed, not doubled.
CREATE TABLE notice (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id     integer     NOT NULL REFERENCES app_user,
  event       text        NOT NULL,               -- registry.notices' Event
  address     text        NOT NULL,               -- the page that it is about, e.g. /changes/12
  facts       jsonb       NOT NULL DEFAULT '{}',
  at          timestamptz NOT NULL,
  read_at     timestamptz,
  settled_at  timestamptz                         -- it waits on nobody any more
);
CREATE UNIQUE INDEX notice_one_open ON notice (user_id, event, address) WHERE settled_at IS NULL;
CREATE INDEX notice_newest ON notice (user_id, at DESC, id DESC);
CREATE INDEX notice_unread ON notice (user_id, at DESC, id DESC) WHERE read_at IS NULL AND settled_at IS NULL;
CREATE INDEX notice_address ON notice (address, event) WHERE settled_at IS NULL;

-- Only what somebody has chosen; without a row e-mail is on.
CREATE TABLE notice_preference (
  user_id  integer NOT NULL REFERENCES app_user,
  event    text    NOT NULL,
  email    boolean NOT NULL,
  PRIMARY KEY (user_id, event)
);

CREATE TABLE webhook (
  id               bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  unit_id          integer     NOT NULL REFERENCES unit,
  name             text        NOT NULL CHECK (name <> ''),
  url              text        NOT NULL CHECK (url ~ '^https?://'),
  secret           text        NOT NULL CHECK (length(secret) >= 32),
  events           text[]      NOT NULL,
  active           boolean     NOT NULL DEFAULT true,
  created_by       integer     NOT NULL REFERENCES app_user,
  created_at       timestamptz NOT NULL,
  disabled_reason  text        NOT NULL DEFAULT '' CHECK (disabled_reason IN ('', 'gone', 'by_hand')),
  CHECK (active = (disabled_reason = ''))
);
CREATE INDEX webhook_unit ON webhook (unit_id, id);

-- The outbox: written with what it tells of, in one transaction; the notifier empties it.
CREATE TABLE delivery (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  channel     text        NOT NULL CHECK (channel IN ('email', 'webhook')),
  unit_id     integer     NOT NULL REFERENCES unit,       -- the hook's, or the reader's
  notice_id   bigint      REFERENCES notice ON DELETE SET NULL,
  webhook_id  bigint      REFERENCES webhook ON DELETE CASCADE,
  event_id    uuid        NOT NULL,                       -- the same for all that one event caused
  payload     jsonb       NOT NULL,
  state       text        NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'dead')),
  attempts    integer     NOT NULL DEFAULT 0,
  next_at     timestamptz NOT NULL,                       -- not before; while it is being sent: the claim's end
  last_error  text        NOT NULL DEFAULT '',
  created_at  timestamptz NOT NULL,
  sent_at     timestamptz,
  CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
  CHECK ((channel = 'webhook') = (webhook_id IS NOT NULL))
);
CREATE INDEX delivery_due ON delivery (next_at) WHERE state = 'pending';
CREATE INDEX delivery_unit ON delivery (unit_id, id DESC);
CREATE INDEX delivery_webhook ON delivery (webhook_id) WHERE state = 'pending';
CREATE INDEX delivery_notice ON delivery (notice_id) WHERE state = 'pending';
CREATE INDEX delivery_sent ON delivery (sent_at) WHERE state = 'sent';

GRANT SELECT, INSERT, UPDATE ON notice TO panhuo_portal;
GRANT SELECT, INSERT, DELETE ON notice_preference TO panhuo_portal;
-- The portal writes a secret and can't read it again.
GRANT SELECT (id, unit_id, name, url, events, active, created_by, created_at, disabled_reason) ON webhook TO panhuo_portal;
GRANT INSERT, UPDATE, DELETE ON webhook TO panhuo_portal;
GRANT SELECT, INSERT, UPDATE, DELETE ON delivery TO panhuo_portal;

GRANT SELECT, UPDATE, DELETE ON delivery TO panhuo_notifier;
GRANT SELECT ON webhook TO panhuo_notifier;
GRANT UPDATE (active, disabled_reason) ON webhook TO panhuo_notifier;
GRANT EXECUTE ON FUNCTION audit_append(text, text, text, json, text) TO panhuo_notifier;
