-- Who: divisions, units, sections, users and their roles; J4's scope.
-- depends: 0001.audit

CREATE TABLE division (
  code    text PRIMARY KEY CHECK (code ~ '^[0-9]{6,9}$'),
  name    text NOT NULL CHECK (name <> ''),
  level   text NOT NULL CHECK (level IN ('ministry', 'province', 'provincial', 'prefecture', 'county')),
  parent  text REFERENCES division
);

CREATE TABLE unit (
  id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code      text    NOT NULL UNIQUE CHECK (code <> ''),
  name      text    NOT NULL UNIQUE CHECK (name <> ''),
  kind      text    NOT NULL CHECK (kind IN ('unit', 'department', 'finance')),
  division  text    NOT NULL REFERENCES division,
  parent_id integer REFERENCES unit CHECK (parent_id <> id),   -- the body above it
  address   text    NOT NULL DEFAULT '',
  phone     text    NOT NULL DEFAULT '',
  active    boolean NOT NULL DEFAULT true
);
CREATE INDEX unit_parent ON unit (parent_id);
CREATE INDEX unit_division ON unit (division);

CREATE TABLE section (
  id       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  unit_id  integer NOT NULL REFERENCES unit,
  name     text    NOT NULL CHECK (name <> ''),
  UNIQUE (unit_id, name),
  UNIQUE (id, unit_id)
);

CREATE TABLE app_user (
  id              integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  login           text        NOT NULL UNIQUE CHECK (login ~ '^[a-z0-9][a-z0-9._-]{1,31}$'),
  name            text        NOT NULL CHECK (name <> ''),
  type            text        NOT NULL CHECK (type IN ('001', '002', '003', '004', '005')),
  unit_id         integer     NOT NULL REFERENCES unit,
  section_id      integer,
  password_hash   text        NOT NULL,
  active          boolean     NOT NULL DEFAULT true,
  session_epoch   integer     NOT NULL DEFAULT 0,    -- raised to sign out everywhere
  failed_logins   integer     NOT NULL DEFAULT 0,
  locked_until    timestamptz,
  last_login_at   timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (section_id, unit_id) REFERENCES section (id, unit_id)
);
CREATE INDEX app_user_unit ON app_user (unit_id);

CREATE TABLE user_role (
  user_id  integer NOT NULL REFERENCES app_user,
  role     text    NOT NULL CHECK (role IN ('preparer', 'reviewer', 'stocktaker', 'administrator', 'auditor')),
  PRIMARY KEY (user_id, role)
);

-- Tries of one address or one login, so that guessing is slowed whichever of the two it varies.
CREATE TABLE login_try (
  subject  text        NOT NULL,          -- 'login:clerk' or 'address:127.0.0.1'
  at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX login_try_subject ON login_try (subject, at);

-- J4: a user sees their own unit; a department those below it; a finance bureau those of its
-- division and of the divisions below it; an auditor everything; an administrator nothing.
CREATE VIEW visible_unit AS
  WITH RECURSIVE below (top, unit_id) AS (
      SELECT id, id FROM unit
       UNION
      SELECT below.top, unit.id FROM unit JOIN below ON unit.parent_id = below.unit_id
  ), inside (top, code) AS (
      SELECT code, code FROM division
       UNION
      SELECT inside.top, division.code FROM division JOIN inside ON division.parent = inside.code
  )
  SELECT app_user.id AS user_id, below.unit_id
    FROM app_user JOIN below ON below.top = app_user.unit_id
   WHERE app_user.type <> '001'
   UNION
  SELECT app_user.id, unit.id
    FROM app_user
    JOIN unit AS bureau ON bureau.id = app_user.unit_id AND bureau.kind = 'finance'
    JOIN division AS seat ON seat.code = bureau.division
    JOIN inside ON inside.top = CASE WHEN seat.level = 'provincial' THEN seat.parent ELSE seat.code END
    JOIN unit ON unit.division = inside.code
   WHERE app_user.type = '002'
   UNION
  SELECT app_user.id, unit.id
    FROM app_user JOIN user_role ON user_role.user_id = app_user.id AND user_role.role = 'auditor'
   CROSS JOIN unit;

GRANT SELECT ON division, unit, section, app_user, user_role, visible_unit TO panhuo_portal, panhuo_analytics;
GRANT INSERT, UPDATE ON division, unit, section, app_user TO panhuo_portal;
GRANT INSERT, DELETE ON user_role, login_try TO panhuo_portal;
GRANT SELECT ON login_try TO panhuo_portal;
