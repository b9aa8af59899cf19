-- I1, I4: a sensor may watch the room of its gateway and no asset: a binding without a card. One sensor watches one thing at a
-- time, be it a card or the room, so both stand in one history.
-- depends: 0052.light_faults 0053.closed_by

ALTER TABLE binding ALTER COLUMN card_id DROP NOT NULL;   -- NULL: the room

ALTER TABLE device_event DROP CONSTRAINT device_event_kind_check;
ALTER TABLE device_event ADD CONSTRAINT device_event_kind_check
  CHECK (kind IN ('added', 'password_renewed', 'deactivated', 'activated', 'bound', 'unbound', 'put_up', 'taken_down',
                  'replaced', 'commissioned', 'commissioning_failed'));
