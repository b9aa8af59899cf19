-- I7: a kind of sensor is a row: how it speaks on the wire, and its words. How its readings are judged is a file of analytics/kinds/.
-- depends: 0046.folded

CREATE TABLE sensor_kind (
  name           text             PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9_]{0,31}$'),
  unit           text             NOT NULL CHECK (unit ~ '^[!-~]{0,16}$'),   -- on the wire (RFC 8428); '': a position
  minimum        double precision NOT NULL CHECK (minimum >= -1e300),   -- values outside are refused, unless the sensor has a range of its own
  maximum        double precision NOT NULL CHECK (maximum > minimum AND maximum <= 1e300),   -- NaN is above all
  is_place       boolean          NOT NULL GENERATED ALWAYS AS (unit = '') STORED,
  label          text             NOT NULL CHECK (btrim(label) <> ''),
  label_en       text             NOT NULL CHECK (btrim(label_en) <> ''),
  use_label      text             NOT NULL CHECK (btrim(use_label) <> ''),      -- what use is called that it saw
  use_label_en   text             NOT NULL CHECK (btrim(use_label_en) <> ''),
  shown_unit     text             NOT NULL DEFAULT '',
  shown_unit_en  text             NOT NULL DEFAULT '',
  made_at        timestamptz      NOT NULL DEFAULT now()
);
INSERT INTO sensor_kind (name, unit, minimum, maximum, label, label_en, use_label, use_label_en, shown_unit, shown_unit_en) VALUES
  ('photoelectric', 'lx',    0,    200000,  '光电', 'Light',       '光电：灯光启停', 'light: lamp on and off', 'lux',   'lux'),   -- full sun is 120,000 lx
  ('pulses',        'count', 0,    1000000, '脉冲', 'Pulses',      '脉冲计数',      'pulses counted',         '次/分', '/min'),
  ('temperature',   'Cel',   -60,  200,     '温度', 'Temperature', '温度：升温',    'temperature: rose',      '℃',    '℃'),
  ('position',      '',      -180, 180,     '位置', 'Position',    '位置移动',      'position: moved',        '',      ''),
  ('power',         'W',     -10,  1000000, '功率', 'Power',       '功率：带载工作', 'power: working load',    'W',     'W'),     -- a meter scatters around zero
  ('current',       'A',     -1,   10000,   '电流', 'Current',     '电流：带载工作', 'current: working load',  'A',     'A'),
  ('contact',       '/',     0,    1,       '触点', 'Contact',     '触点接通',      'contact closed',         '',      '');

ALTER TABLE sensor DROP CONSTRAINT sensor_kind_check;
ALTER TABLE sensor ADD CONSTRAINT sensor_kind_known FOREIGN KEY (kind) REFERENCES sensor_kind;
ALTER TABLE fault_value DROP CONSTRAINT fault_value_kind_check;
ALTER TABLE fault_value ADD CONSTRAINT fault_value_kind_known FOREIGN KEY (kind) REFERENCES sensor_kind;

GRANT SELECT ON sensor_kind TO panhuo_collector, panhuo_portal, panhuo_analytics;
GRANT INSERT ON sensor_kind TO panhuo_portal;
