-- Card changes (A4, A5), uploads (A3), import (A6), and what lists of a million cards need.
-- depends: 0003.cards 0006.review

-- J4 as a function of one user, so that asking for one costs one user's recursion. The view stays
-- the rule's only name: its meaning is that of 0002.
CREATE FUNCTION scope_of(p_user integer) RETURNS TABLE (unit_id integer)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  WITH RECURSIVE me AS (
      SELECT app_user.id, app_user.type, app_user.unit_id, unit.kind, seat.level, seat.code, seat.parent
        FROM app_user
        JOIN unit ON unit.id = app_user.unit_id
        JOIN division AS seat ON seat.code = unit.division
       WHERE app_user.id = p_user
  ), below (id) AS (
      SELECT me.unit_id FROM me WHERE me.type <> '001'
       UNION
      SELECT unit.id FROM unit JOIN below ON unit.parent_id = below.id
  ), inside (code) AS (
      SELECT CASE WHEN me.level = 'provincial' THEN me.parent ELSE me.code END
        FROM me WHERE me.type = '002' AND me.kind = 'finance'
       UNION
      SELECT division.code FROM division JOIN inside ON division.parent = inside.code
  )
  SELECT below.id FROM below
   UNION
  SELECT unit.id FROM unit JOIN inside ON unit.division = inside.code
   UNION
  SELECT unit.id FROM unit
   WHERE EXISTS (SELECT FROM user_role WHERE user_id = p_user AND role = 'auditor')
$$;
CREATE OR REPLACE VIEW visible_unit AS
  SELECT app_user.id AS user_id, scope.unit_id
    FROM app_user CROSS JOIN LATERAL scope_of(app_user.id) AS scope;

-- pg_trgm finds nothing by two Chinese characters, the commonest search there is: pairs of them are indexed too.
CREATE FUNCTION cjk_pairs(p_text text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT COALESCE(array_agg(DISTINCT substr(run, place, 2)), '{}')
    FROM regexp_split_to_table(p_text, '[^\u2E80-\u9FFF\uF900-\uFAFF]+') AS run,
         generate_series(1, length(run) - 1) AS place
$$;

-- Codes are compared by their bytes: one index serves order, paging and "starts with".
ALTER TABLE card ALTER COLUMN code TYPE text COLLATE "C";
ALTER TABLE card
  ADD COLUMN origin_id bigint REFERENCES card,    -- A5: the card that it was split from
  ADD COLUMN search text NOT NULL GENERATED ALWAYS AS (
      lower(code || ' ' || name || ' ' || brand || ' ' || model || ' ' || serial_number || ' ' || custodian || ' ' || place)
  ) STORED,
  ADD COLUMN photographed boolean NOT NULL DEFAULT false;   -- kept by the triggers below: lists filter by it
DROP INDEX card_name_trgm;
CREATE INDEX card_search ON card USING gin (search gin_trgm_ops);
CREATE INDEX card_search_pairs ON card USING gin (cjk_pairs(search));
CREATE INDEX card_value ON card (original_value, id);
CREATE INDEX card_acquired ON card (COALESCE(acquired_on, DATE '0001-01-01'), id);
CREATE INDEX card_updated ON card (updated_at, id);
CREATE INDEX card_name ON card (name, id);
CREATE INDEX card_type ON card (type, code);
CREATE INDEX card_status ON card (status, code);
CREATE INDEX card_section ON card (using_section_id, code);
DROP INDEX card_unit_status;
CREATE INDEX card_unit_status ON card (unit_id, status, code);
CREATE INDEX card_unit_type ON card (unit_id, type, code);
CREATE INDEX card_shareable ON card (unit_id, code) WHERE shareable;
CREATE INDEX card_unphotographed ON card (unit_id, code) WHERE NOT photographed;
CREATE INDEX card_origin ON card (origin_id) WHERE origin_id IS NOT NULL;

-- How many cards a unit has, and what they cost, by status: counting a million at each page is too slow.
CREATE TABLE card_count (
  unit_id         integer NOT NULL REFERENCES unit,
  status          text    NOT NULL,
  cards           bigint  NOT NULL,
  original_value  numeric NOT NULL,
  PRIMARY KEY (unit_id, status)
);
INSERT INTO card_count SELECT unit_id, status, count(*), sum(original_value) FROM card GROUP BY unit_id, status;

CREATE FUNCTION card_count_inserted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO card_count (unit_id, status, cards, original_value)
  SELECT unit_id, status, count(*), sum(original_value) FROM fresh GROUP BY unit_id, status ORDER BY unit_id, status
  ON CONFLICT (unit_id, status) DO UPDATE
     SET cards = card_count.cards + excluded.cards,
         original_value = card_count.original_value + excluded.original_value;
  RETURN NULL;
END $$;
CREATE FUNCTION card_count_updated() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO card_count (unit_id, status, cards, original_value)
  SELECT unit_id, status, sum(n), sum(n * original_value)
    FROM (SELECT unit_id, status, original_value, 1 AS n FROM fresh
           UNION ALL
          SELECT unit_id, status, original_value, -1 FROM stale) AS moved
   GROUP BY unit_id, status
  HAVING sum(n) <> 0 OR sum(n * original_value) <> 0
   ORDER BY unit_id, status                       -- one order for all: no deadlock
  ON CONFLICT (unit_id, status) DO UPDATE
     SET cards = card_count.cards + excluded.cards,
         original_value = card_count.original_value + excluded.original_value;
  RETURN NULL;
END $$;
CREATE TRIGGER card_counted_insert AFTER INSERT ON card
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION card_count_inserted();
CREATE TRIGGER card_counted_update AFTER UPDATE ON card
  REFERENCING NEW TABLE AS fresh OLD TABLE AS stale FOR EACH STATEMENT EXECUTE FUNCTION card_count_updated();

CREATE FUNCTION card_photographed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE card SET photographed = NOT photographed
   WHERE id IN (SELECT card_id FROM changed)
     AND photographed <> EXISTS (SELECT FROM photo WHERE photo.card_id = card.id);
  RETURN NULL;
END $$;
CREATE TRIGGER photo_added AFTER INSERT ON photo
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION card_photographed();
CREATE TRIGGER photo_removed AFTER DELETE ON photo
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION card_photographed();
UPDATE card SET photographed = true WHERE EXISTS (SELECT FROM photo WHERE photo.card_id = card.id);

-- What was uploaded: a file in the data folder, seen by who sees the unit, before any card shows it.
CREATE TABLE upload (
  unit_id      integer     NOT NULL REFERENCES unit,
  digest       text        NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),  -- SHA-256 of the file as stored
  kind         text        NOT NULL CHECK (kind IN ('photo', 'attachment')),
  name         text        NOT NULL DEFAULT '',   -- as the person's own file was called
  media        text        NOT NULL,
  bytes        bigint      NOT NULL CHECK (bytes > 0),
  width        integer,
  height       integer,
  uploaded_by  integer     NOT NULL REFERENCES app_user,
  uploaded_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (unit_id, kind, digest)
);
CREATE INDEX upload_digest ON upload (digest);

CREATE TABLE attachment (
  card_id   bigint  NOT NULL REFERENCES card,
  position  integer NOT NULL CHECK (position >= 0),
  digest    text    NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
  name      text    NOT NULL CHECK (name <> ''),
  media     text    NOT NULL,
  bytes     bigint  NOT NULL CHECK (bytes > 0),
  PRIMARY KEY (card_id, position)
);
CREATE INDEX attachment_digest ON attachment (digest);

-- A4: the draft of a change, then its record. Values are canonical text by field name.
CREATE TABLE card_change (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  review_id     bigint      NOT NULL UNIQUE REFERENCES review,
  unit_id       integer     NOT NULL REFERENCES unit,
  kind          text        NOT NULL CHECK (kind IN ('register', 'import', 'attributes', 'status', 'shareable', 'requisition',
                  'return', 'repair', 'lease_lend', 'recover', 'split', 'dispose')),
  card_id       bigint      REFERENCES card,      -- NULL: it brings cards in
  card_version  integer,                          -- the card's version that it was drafted against
  before        jsonb       NOT NULL DEFAULT '{}',
  after         jsonb       NOT NULL DEFAULT '{}',
  details       jsonb       NOT NULL DEFAULT '{}', -- what only this kind asks: the lessee, the form of disposal
  parts         jsonb       NOT NULL DEFAULT '[]', -- a split's children
  reason        text        NOT NULL DEFAULT '',
  drafted_by    integer     NOT NULL REFERENCES app_user,
  drafted_at    timestamptz NOT NULL,
  applied_at    timestamptz,
  CHECK ((card_id IS NULL) = (card_version IS NULL)),
  CHECK ((kind IN ('register', 'import')) OR card_id IS NOT NULL)
);
CREATE INDEX card_change_card ON card_change (card_id, id DESC);
CREATE INDEX card_change_unit ON card_change (unit_id, id DESC);

-- The rows of an import, checked, until its final approval brings them in.
CREATE TABLE card_import_row (
  change_id  bigint  NOT NULL REFERENCES card_change ON DELETE CASCADE,
  row        integer NOT NULL,                    -- of the file, for people
  code       text    NOT NULL,
  vals       jsonb   NOT NULL,
  PRIMARY KEY (change_id, row),
  UNIQUE (change_id, code)
);

CREATE TABLE saved_filter (
  user_id   integer NOT NULL REFERENCES app_user,
  page      text    NOT NULL,
  name      text    NOT NULL CHECK (name <> ''),
  query     text    NOT NULL,                     -- of the address, without its page
  saved_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, page, name)
);

GRANT SELECT ON card_count, upload, attachment, card_change, card_import_row, saved_filter TO panhuo_portal;
GRANT SELECT ON card_count TO panhuo_analytics;
GRANT INSERT, UPDATE, DELETE ON upload, attachment, card_change, card_import_row, saved_filter TO panhuo_portal;
