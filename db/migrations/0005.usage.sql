-- Usage as facts, rules as rows, suggestions with their evidence (I3, I4, I5).
-- depends: 0003.cards 0004.readings

-- Which sensor watches which asset, and since when.
CREATE TABLE binding (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sensor_id  integer     NOT NULL REFERENCES sensor,
  card_id    bigint      NOT NULL REFERENCES card,
  since      timestamptz NOT NULL,
  until      timestamptz CHECK (until > since)
);
CREATE UNIQUE INDEX binding_one_asset ON binding (sensor_id) WHERE until IS NULL;
CREATE INDEX binding_card ON binding (card_id, since);

-- A rule holds for a category and all below it; the nearest ancestor's newest version wins.
CREATE TABLE idle_rule (
  id                integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  category          text        NOT NULL REFERENCES category,
  version           integer     NOT NULL CHECK (version > 0),
  name              text        NOT NULL,
  rated_hours       double precision NOT NULL CHECK (rated_hours > 0 AND rated_hours <= 24),  -- R, hours a working day
  norm              text        NOT NULL CHECK (norm IN ('office', 'large_instrument', 'special_instrument')),
  threshold         double precision NOT NULL DEFAULT 0.10 CHECK (threshold > 0 AND threshold < 1),     -- U <
  upper_limit       double precision NOT NULL DEFAULT 0.20 CHECK (upper_limit > 0 AND upper_limit <= 1), -- U_hi <
  minimum_days      integer     NOT NULL DEFAULT 10 CHECK (minimum_days > 0),     -- valid working days
  minimum_coverage  double precision NOT NULL DEFAULT 0.75 CHECK (minimum_coverage > 0 AND minimum_coverage <= 1),
  window_days       integer     NOT NULL DEFAULT 28 CHECK (window_days BETWEEN 7 AND 400),
  session_gap_s     integer     NOT NULL DEFAULT 900 CHECK (session_gap_s >= 0),  -- shorter gaps are closed
  session_least_s   integer     NOT NULL DEFAULT 300 CHECK (session_least_s >= 0), -- shorter sessions are dropped
  class_hours       double precision NOT NULL DEFAULT 1.0 CHECK (class_hours > 0),  -- L_class: a usual session, hours
  made_at           timestamptz NOT NULL DEFAULT now(),
  UNIQUE (category, version)
);

CREATE TABLE usage_session (
  card_id     bigint      NOT NULL REFERENCES card,
  started_at  timestamptz NOT NULL,
  ended_at    timestamptz NOT NULL CHECK (ended_at > started_at),
  basis       text        NOT NULL,               -- codes of analytics/evidence, comma-separated: 'lux_step,warmth'
  confidence  real        NOT NULL CHECK (confidence BETWEEN 0 AND 1),
  PRIMARY KEY (card_id, started_at)
);

CREATE TABLE usage_hour (
  card_id    bigint      NOT NULL,
  hour       timestamptz NOT NULL,
  in_use_s   integer     NOT NULL CHECK (in_use_s BETWEEN 0 AND 3600),
  covered_s  integer     NOT NULL CHECK (covered_s BETWEEN 0 AND 3600),
  starts     integer     NOT NULL CHECK (starts >= 0)
);
DO $$ BEGIN PERFORM create_hypertable('usage_hour', by_range('hour', INTERVAL '90 days'), create_default_indexes => false); END $$;
CREATE UNIQUE INDEX usage_hour_once ON usage_hour (card_id, hour);

CREATE TABLE usage_day (
  card_id    bigint  NOT NULL REFERENCES card,
  day        date    NOT NULL,                    -- Asia/Shanghai
  in_use_s   integer NOT NULL CHECK (in_use_s BETWEEN 0 AND 86400),
  covered_s  integer NOT NULL CHECK (covered_s BETWEEN 0 AND 86400),
  service_s  integer NOT NULL CHECK (service_s BETWEEN 0 AND 86400),     -- time in which it was to be heard
  sessions   integer NOT NULL CHECK (sessions >= 0),
  working    boolean NOT NULL,                    -- by the working calendar
  valid      boolean NOT NULL,                    -- heard for enough of its working hours
  PRIMARY KEY (card_id, day)
);

CREATE TABLE sensor_health (
  sensor_id    integer     PRIMARY KEY REFERENCES sensor,
  state        text        NOT NULL CHECK (state IN ('ok', 'silent', 'stuck', 'drifting', 'never_heard', 'clock_off')),
  since        timestamptz NOT NULL,
  last_ts      timestamptz,                       -- last measured, not last received
  last_value   double precision,
  coverage     real        NOT NULL CHECK (coverage BETWEEN 0 AND 1),
  proven       boolean     NOT NULL,              -- it has detected use
  examined_at  timestamptz NOT NULL
);

-- The newest judgement of every watched asset.
CREATE TABLE assessment (
  card_id      bigint      PRIMARY KEY REFERENCES card,
  verdict      text        NOT NULL CHECK (verdict IN ('idle', 'in_use', 'insufficient', 'not_determinable', 'device_alarm')),
  reasons      text[]      NOT NULL,              -- codes of analytics/verdicts
  rule_id      integer     NOT NULL REFERENCES idle_rule,
  window_from  timestamptz NOT NULL,
  window_to    timestamptz NOT NULL,
  now_state    text        NOT NULL CHECK (now_state IN ('in_use', 'not_in_use', 'not_known')),
  in_use_s     bigint      NOT NULL,
  covered_s    bigint      NOT NULL,
  service_s    bigint      NOT NULL,
  sessions     integer     NOT NULL,
  valid_days   integer     NOT NULL,
  used_days    integer     NOT NULL,
  available_h  double precision NOT NULL,         -- n·R, hours
  utilisation  double precision,                  -- U; NULL: nothing to divide by
  upper_bound  double precision,                  -- U_hi
  coverage     real        NOT NULL CHECK (coverage BETWEEN 0 AND 1),
  last_use_at  timestamptz,
  made_at      timestamptz NOT NULL
);
CREATE INDEX assessment_verdict ON assessment (verdict);

CREATE TABLE suggestion (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  card_id      bigint      NOT NULL REFERENCES card,
  rule_id      integer     NOT NULL REFERENCES idle_rule,
  state        text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'accepted', 'dismissed', 'stocktake', 'withdrawn')),
  raised_at    timestamptz NOT NULL,
  evidence     jsonb       NOT NULL,              -- frozen when it was raised
  closed_at    timestamptz,
  closed_by    integer     REFERENCES app_user,
  reason       text        NOT NULL DEFAULT '',
  quiet_until  timestamptz,                       -- not raised again before
  CHECK ((state = 'open') = (closed_at IS NULL))
);
CREATE UNIQUE INDEX suggestion_one_open ON suggestion (card_id) WHERE state = 'open';
CREATE INDEX suggestion_card ON suggestion (card_id, raised_at DESC);

CREATE TABLE job_run (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  job          text        NOT NULL,
  started_at   timestamptz NOT NULL,
  ended_at     timestamptz,
  outcome      text        NOT NULL DEFAULT 'running' CHECK (outcome IN ('running', 'done', 'failed')),
  facts        jsonb       NOT NULL DEFAULT '{}'
);
CREATE INDEX job_run_job ON job_run (job, started_at DESC);

GRANT SELECT ON binding, idle_rule, usage_session, usage_hour, usage_day, sensor_health, assessment, suggestion, job_run
  TO panhuo_portal, panhuo_analytics;
GRANT INSERT, UPDATE, DELETE ON usage_session, usage_hour, usage_day, sensor_health, assessment TO panhuo_analytics;
GRANT INSERT, UPDATE ON suggestion, job_run TO panhuo_analytics;
GRANT INSERT, UPDATE ON binding, idle_rule TO panhuo_portal;
GRANT UPDATE ON suggestion TO panhuo_portal;
