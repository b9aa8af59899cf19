-- J1: the append-only, hash-chained audit log.
-- depends:

CREATE TABLE audit_entry (
  id        bigint      PRIMARY KEY,
  at        timestamptz NOT NULL,
  actor     text        NOT NULL CHECK (actor <> ''),
  action    text        NOT NULL CHECK (action ~ '^[a-z_]+\.[a-z_]+$'),
  subject   text        NOT NULL,
  facts     json        NOT NULL,       -- json, not jsonb: the text that was hashed stays as it was
  request   text        NOT NULL DEFAULT '',
  previous  bytea       NOT NULL,
  hash      bytea       NOT NULL UNIQUE
);
CREATE INDEX audit_entry_subject ON audit_entry (subject, id);
CREATE INDEX audit_entry_actor ON audit_entry (actor, id);

-- One row: the chain's head. Locking it puts the writers in line.
CREATE TABLE audit_head (
  only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  id        bigint  NOT NULL,
  hash      bytea   NOT NULL
);
INSERT INTO audit_head (id, hash) VALUES (0, decode(repeat('00', 32), 'hex'));

-- The hashed text: fields joined by U+001F; db/audit.py computes the same offline.
CREATE FUNCTION audit_append(p_actor text, p_action text, p_subject text, p_facts json, p_request text)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  head audit_head%ROWTYPE;
  entry audit_entry%ROWTYPE;
BEGIN
  SELECT * INTO head FROM audit_head FOR UPDATE;
  entry.id := head.id + 1;
  entry.at := clock_timestamp();
  entry.previous := head.hash;
  entry.hash := sha256(head.hash || convert_to(concat_ws(E'\x1f', entry.id::text,
    to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    p_actor, p_action, p_subject, p_facts::text, p_request), 'UTF8'));
  INSERT INTO audit_entry (id, at, actor, action, subject, facts, request, previous, hash)
  VALUES (entry.id, entry.at, p_actor, p_action, p_subject, p_facts, p_request, entry.previous, entry.hash);
  UPDATE audit_head SET id = entry.id, hash = entry.hash;
  RETURN entry.id;
END $$;

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only (J1)' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

REVOKE ALL ON FUNCTION audit_append(text, text, text, json, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_append(text, text, text, json, text) TO panhuo_portal, panhuo_analytics;
GRANT SELECT ON audit_entry, audit_head TO panhuo_portal;
