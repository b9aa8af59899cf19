-- J1: entries are hashed over fields whose lengths are hashed too. Joined by U+001F, a name that held one could be
-- moved from a field into its neighbour without another hash.
-- depends: 0001.audit 0030.awaited

-- Each field as its length in bytes, a colon and its text; U+0002 in front, where older entries have their number, so that
-- no fields of theirs can give the same bytes. db/audit.py computes the same offline.
CREATE FUNCTION audit_hash(p_previous bytea, p_fields text[])
RETURNS bytea LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
  SELECT sha256(p_previous || convert_to(E'\x02' || string_agg(octet_length(field) || ':' || field, '' ORDER BY place), 'UTF8'))
    FROM unnest(p_fields) WITH ORDINALITY AS fields (field, place)
$$;

CREATE OR REPLACE FUNCTION audit_append(p_actor text, p_action text, p_subject text, p_facts json, p_request text)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  head audit_head%ROWTYPE;
  entry audit_entry%ROWTYPE;
BEGIN
  SELECT * INTO head FROM audit_head FOR UPDATE;
  entry.id := head.id + 1;
  entry.at := clock_timestamp();
  entry.previous := head.hash;
  entry.hash := audit_hash(head.hash, ARRAY[entry.id::text,
    to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    p_actor, p_action, p_subject, p_facts::text, p_request]);
  INSERT INTO audit_entry (id, at, actor, action, subject, facts, request, previous, hash)
  VALUES (entry.id, entry.at, p_actor, p_action, p_subject, p_facts, p_request, entry.previous, entry.hash);
  UPDATE audit_head SET id = entry.id, hash = entry.hash;
  RETURN entry.id;
END $$;

REVOKE ALL ON FUNCTION audit_hash(bytea, text[]) FROM PUBLIC;
