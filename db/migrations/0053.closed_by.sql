-- I3, I4: by which units' calendars the days of a judgement were closed, whether the judgement rests on those days, too. A day
-- that was judged as closed stays so while that calendar says so, though the card or the unit has moved.
-- depends: 0050.closures

ALTER TABLE assessment
  ADD COLUMN closed_by integer[] NOT NULL DEFAULT '{}',
  ADD COLUMN closed_counted boolean NOT NULL DEFAULT false;
