-- J1: how far the audit log has been verified; notices that are over can go.
-- depends: 0009.notices

-- A verification: from a verified entry to the head that stood when it began, slice by slice.
CREATE TABLE audit_check (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  actor        text        NOT NULL CHECK (actor <> ''),
  began_at     timestamptz NOT NULL,
  start_id     bigint      NOT NULL,               -- this entry and those before it were verified already
  target_id    bigint      NOT NULL,               -- the head: what it must come to
  target_hash  bytea       NOT NULL,
  at_id        bigint      NOT NULL,               -- it has come to this entry, which has this hash
  at_hash      bytea       NOT NULL,
  breaks       integer     NOT NULL DEFAULT 0,
  named        jsonb       NOT NULL DEFAULT '[]',  -- the first breaks: [[id, fault], …]
  ended_at     timestamptz
);
CREATE UNIQUE INDEX audit_check_one_open ON audit_check ((true)) WHERE ended_at IS NULL;
GRANT SELECT, INSERT ON audit_check TO panhuo_portal;
GRANT UPDATE (at_id, at_hash, breaks, named, ended_at) ON audit_check TO panhuo_portal;

-- The notifier removes what was read or settled long ago; it still can't read what a notice says.
CREATE INDEX notice_over ON notice (LEAST(read_at, settled_at)) WHERE LEAST(read_at, settled_at) IS NOT NULL;
CREATE INDEX delivery_of_notice ON delivery (notice_id) WHERE notice_id IS NOT NULL;
GRANT SELECT (id, read_at, settled_at), DELETE ON notice TO panhuo_notifier;
