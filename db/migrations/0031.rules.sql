-- I3, I5: a rule's norm in the terms of its source, and the rules that every installation starts with.
-- depends: 0031.proof

-- A rule may come before the list of categories that it speaks of; `panhuo rule add` asks whether the code is in the list.
ALTER TABLE idle_rule DROP CONSTRAINT idle_rule_category_fkey;
-- The norm: so many hours a day, days a week, weeks a year. A year has 250 working days, 50 weeks of five: what the norm asks
-- for in a year, spread over them, is R. (7 h × 5 d × 40 weeks = 1,400 h a year; 5.6 h a working day.)
ALTER TABLE idle_rule
  ADD COLUMN hours_a_day   double precision CHECK (hours_a_day > 0 AND hours_a_day <= 24),
  ADD COLUMN days_a_week   integer NOT NULL DEFAULT 5  CHECK (days_a_week BETWEEN 1 AND 7),
  ADD COLUMN weeks_a_year  integer NOT NULL DEFAULT 50 CHECK (weeks_a_year BETWEEN 1 AND 52),
  ADD COLUMN source        text NOT NULL DEFAULT '',                       -- who says so
  ADD COLUMN made_by       text NOT NULL DEFAULT 'system:migration';       -- a login, or 'system:<process>'
UPDATE idle_rule SET weeks_a_year = 40 WHERE norm <> 'office';
UPDATE idle_rule SET hours_a_day = least(24, rated_hours * 50 / weeks_a_year);
ALTER TABLE idle_rule
  ALTER COLUMN hours_a_day SET NOT NULL,
  ALTER COLUMN made_by DROP DEFAULT,
  DROP COLUMN norm,
  DROP COLUMN rated_hours,
  ADD COLUMN rated_hours double precision NOT NULL GENERATED ALWAYS AS (hours_a_day * weeks_a_year / 50) STORED;
REVOKE UPDATE ON idle_rule FROM panhuo_portal;  -- what a suggestion was raised by stays as it was: a change is a new version

-- Only where nobody has made rules: an own rule of an upper category would lose to these of the ones below it.
INSERT INTO idle_rule (category, version, name, hours_a_day, weeks_a_year, class_hours, session_gap_s, session_least_s, source, made_by)
SELECT category, 1, name, hours, weeks, usual, gap, least, source, 'system:migration'
  FROM (VALUES
    -- category     name               h/d  weeks usual  gap  least  source
    ('A02010000', '信息化设备',          8.0, 50,  1.25, 900, 300, '《国务院关于职工工作时间的规定》：每日 8 小时'),
    ('A02020000', '办公设备',            8.0, 50,  1.25, 900, 300, '《国务院关于职工工作时间的规定》：每日 8 小时'),
    ('A02091104', '显示设备',            8.0, 50,  1.25, 900, 300, '《国务院关于职工工作时间的规定》：每日 8 小时'),
    ('A02020100', '复印机',              0.5, 50,  0.07, 180,  60, '盘活的默认值：没有官方定额'),
    ('A02021000', '打印机',              0.5, 50,  0.07, 180,  60, '盘活的默认值：没有官方定额'),
    ('A02030000', '车辆',                2.0, 50,  0.6,  360, 240, '盘活的默认值：没有官方定额'),
    ('A01000000', '房屋',                4.0, 50,  1.2,  900, 300, '盘活的默认值：没有官方定额'),
    ('A02100000', '大型仪器（通用）',    7.0, 40,  4.0,  900, 300, '教育部教高司条函〔2000〕010 号《高等学校贵重仪器设备年度效益评价表》：通用设备 1400 小时/年'),
    ('A02320000', '大型仪器（专用）',    4.0, 40,  4.0,  900, 300, '教育部教高司条函〔2000〕010 号《高等学校贵重仪器设备年度效益评价表》：专用设备 800 小时/年')
  ) AS starting (category, name, hours, weeks, usual, gap, least, source)
 WHERE NOT EXISTS (SELECT FROM idle_rule);
