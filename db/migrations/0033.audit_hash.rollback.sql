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
  entry.hash := sha256(head.hash || convert_to(concat_ws(E'\x1f', entry.id::text,
    to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    p_actor, p_action, p_subject, p_facts::text, p_request), 'UTF8'));
  INSERT INTO audit_entry (id, at, actor, action, subject, facts, request, previous, hash)
  VALUES (entry.id, entry.at, p_actor, p_action, p_subject, p_facts, p_request, entry.previous, entry.hash);
  UPDATE audit_head SET id = entry.id, hash = entry.hash;
  RETURN entry.id;
END $$;

DROP FUNCTION audit_hash(bytea, text[]);
