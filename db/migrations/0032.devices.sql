-- I1: a sensor can be retired and its name given to the device that replaces it; what happened to a device is kept.
-- depends: 0031.proof

ALTER TABLE sensor ADD COLUMN active boolean NOT NULL DEFAULT true;  -- false: what it says is not taken
ALTER TABLE sensor DROP CONSTRAINT sensor_gateway_id_name_key;
CREATE UNIQUE INDEX sensor_name ON sensor (gateway_id, name) WHERE active;  -- on the wire one device bears it
CREATE INDEX sensor_gateway ON sensor (gateway_id, name);

-- The life of gateways and sensors, for their pages. The audit log proves it, this is what is looked up.
CREATE TABLE device_event (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at          timestamptz NOT NULL,
  actor       text        NOT NULL,               -- a login, or 'system:<process>'
  kind        text        NOT NULL CHECK (kind IN ('added', 'password_renewed', 'deactivated', 'activated',
                                                   'bound', 'unbound', 'replaced', 'commissioned', 'commissioning_failed')),
  gateway_id  integer     NOT NULL REFERENCES gateway,
  sensor_id   integer     REFERENCES sensor,      -- NULL: of the gateway itself
  card_id     bigint      REFERENCES card,        -- that it watches, or watched, where the event is about that
  facts       jsonb       NOT NULL DEFAULT '{}'
);
CREATE INDEX device_event_gateway ON device_event (gateway_id, id);
CREATE INDEX device_event_card ON device_event (card_id, id) WHERE card_id IS NOT NULL;

GRANT SELECT, INSERT ON device_event TO panhuo_portal;
