-- I10: that a sensor has been seen to react, as facts of its binding, remembered until it is moved, replaced or alarmed.
-- depends: 0029.clocks 0030.awaited

CREATE TABLE sensor_proof (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  binding_id  bigint      NOT NULL REFERENCES binding,  -- which sensor, watching which card
  proven_at   timestamptz NOT NULL,                     -- when it was seen to react
  how         text        NOT NULL CHECK (how IN ('commissioning', 'use')),
  proven_by   text        NOT NULL,                     -- a login, or 'system:<process>'
  detail      jsonb       NOT NULL DEFAULT '{}',        -- what was seen
  ended_at    timestamptz,                              -- from then on it proves nothing
  end_reason  text        CHECK (end_reason IN ('moved', 'replaced', 'alarmed')),
  CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX sensor_proof_binding ON sensor_proof (binding_id, ended_at);
-- Every test passed is a fact of its own; use is noted once, for as long as it holds.
CREATE UNIQUE INDEX sensor_proof_use_once ON sensor_proof (binding_id) WHERE how = 'use' AND ended_at IS NULL;

GRANT SELECT ON sensor_proof TO panhuo_portal, panhuo_analytics;
GRANT INSERT, UPDATE ON sensor_proof TO panhuo_portal, panhuo_analytics;

-- A test is a fact of the binding during which it was made; what analytics had noted, of the one that holds.
INSERT INTO sensor_proof (binding_id, proven_at, how, proven_by, ended_at, end_reason)
SELECT binding.id, sensor.proven_at, 'commissioning', 'system:migration', binding.until,
       CASE WHEN binding.until IS NOT NULL THEN 'moved' END
  FROM sensor
  JOIN binding ON binding.sensor_id = sensor.id
   AND binding.since <= sensor.proven_at AND (binding.until IS NULL OR sensor.proven_at < binding.until);
INSERT INTO sensor_proof (binding_id, proven_at, how, proven_by)
SELECT binding.id, sensor_health.examined_at, 'use', 'system:migration'
  FROM sensor_health
  JOIN sensor ON sensor.id = sensor_health.sensor_id
  JOIN binding ON binding.sensor_id = sensor.id AND binding.until IS NULL
 WHERE sensor_health.proven AND sensor.proven_at IS NULL AND sensor_health.state NOT IN ('stuck', 'drifting');

ALTER TABLE sensor DROP COLUMN proven_at;
ALTER TABLE sensor_health DROP COLUMN proven;
