-- What watched a room watches nothing; the events that tell of it stay.
DELETE FROM binding WHERE card_id IS NULL;
ALTER TABLE binding ALTER COLUMN card_id SET NOT NULL;
ALTER TABLE device_event DROP CONSTRAINT device_event_kind_check;
ALTER TABLE device_event ADD CONSTRAINT device_event_kind_check
  CHECK (kind IN ('added', 'password_renewed', 'deactivated', 'activated', 'bound', 'unbound', 'replaced', 'commissioned',
                  'commissioning_failed')) NOT VALID;
