-- The review of any document (C1, C2, A4): nodes as rows, where each document stands, and what was done.
-- depends: 0002.organisation

-- The chain of a kind of document and a scope. An administrator may change it; what is under review keeps its own.
CREATE TABLE review_node (
  kind      text    NOT NULL,                     -- registry.review's DocumentKind
  scope     text    NOT NULL,                     -- e.g. ordinary, disposal; local, national
  position  integer NOT NULL CHECK (position > 0),
  body      text    NOT NULL CHECK (body IN ('unit', 'department', 'finance')),
  PRIMARY KEY (kind, scope, position),
  UNIQUE (kind, scope, body)
);
INSERT INTO review_node (kind, scope, position, body) VALUES
  ('card_change', 'ordinary', 1, 'unit'),
  ('card_change', 'disposal', 1, 'unit'),
  ('card_change', 'disposal', 2, 'department');

-- Where a document stands. Its own table points here.
CREATE TABLE review (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind         text        NOT NULL,
  scope        text        NOT NULL,
  number       text        NOT NULL UNIQUE,       -- BD-2026-000012
  title        text        NOT NULL,
  address      text        NOT NULL DEFAULT '',   -- its page: /changes/12
  unit_id      integer     NOT NULL REFERENCES unit,
  prepared_by  integer     NOT NULL REFERENCES app_user,
  state        text        NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'in_review', 'returned', 'approved', 'void')),
  round        integer     NOT NULL DEFAULT 0 CHECK (round >= 0),       -- how often it was submitted
  position     integer,                           -- the node whose turn it is
  version      integer     NOT NULL DEFAULT 0,    -- raised by every action: who acts says what they saw
  moved_at     timestamptz NOT NULL DEFAULT now(),
  tab          text        NOT NULL GENERATED ALWAYS AS (   -- under which lists show it
      CASE WHEN state IN ('draft', 'returned') THEN 'draft' WHEN state = 'in_review' THEN 'pending' ELSE 'done' END
  ) STORED,
  CHECK ((state = 'in_review') = (position IS NOT NULL))
);
CREATE INDEX review_moved ON review (kind, tab, moved_at DESC, id DESC);
CREATE INDEX review_unit ON review (unit_id, kind, tab, moved_at DESC, id DESC);

-- The chain of the present round, as it was when the document was submitted.
CREATE TABLE review_step (
  review_id    bigint      NOT NULL REFERENCES review ON DELETE CASCADE,
  position     integer     NOT NULL CHECK (position > 0),
  body         text        NOT NULL CHECK (body IN ('unit', 'department', 'finance')),
  unit_id      integer     NOT NULL REFERENCES unit,                    -- whose reviewers decide
  waiting      boolean     NOT NULL DEFAULT false,                      -- it is this one's turn
  PRIMARY KEY (review_id, position)
);
CREATE INDEX review_step_waiting ON review_step (unit_id, review_id) WHERE waiting;

-- B5: everything that was done, in order. Never changed.
CREATE TABLE review_event (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  review_id    bigint      NOT NULL REFERENCES review,
  round        integer     NOT NULL,
  at           timestamptz NOT NULL,
  actor_id     integer     NOT NULL REFERENCES app_user,
  action       text        NOT NULL CHECK (action IN ('submit', 'recall', 'approve', 'return', 'revoke', 'void')),
  position     integer,                           -- the node that acted; NULL: the preparer
  body         text,
  opinion      text        NOT NULL DEFAULT ''
);
CREATE INDEX review_event_review ON review_event (review_id, id);
CREATE INDEX review_event_actor ON review_event (actor_id, id DESC);

-- Numbers of documents, without gaps, by kind and year.
CREATE TABLE document_number (
  prefix  text    NOT NULL,
  year    integer NOT NULL,
  last    integer NOT NULL,
  PRIMARY KEY (prefix, year)
);

GRANT SELECT ON review_node, review, review_step, review_event, document_number TO panhuo_portal, panhuo_analytics;
GRANT INSERT, UPDATE, DELETE ON review_node, review_step TO panhuo_portal;
GRANT INSERT, UPDATE, DELETE ON review TO panhuo_portal;
GRANT INSERT ON review_event TO panhuo_portal;
GRANT INSERT, UPDATE ON document_number TO panhuo_portal;
