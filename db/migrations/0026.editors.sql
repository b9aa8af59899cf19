-- C1: who rewrote or submitted a draft reviews it as little as who prepared it.
-- depends: 0025.seen

ALTER TABLE review ADD COLUMN edited_by integer[] NOT NULL DEFAULT '{}';  -- app_user: who edited or submitted it, the preparer not counted
UPDATE review SET edited_by = known.actors
  FROM (SELECT review.id, array_agg(DISTINCT did.actor) AS actors
          FROM review
          JOIN (SELECT review_id, actor_id AS actor FROM review_event WHERE action = 'submit'
                 UNION
                SELECT edited.id, app_user.id
                  FROM audit_entry AS entry
                  JOIN app_user ON app_user.login = entry.actor
                  JOIN review AS edited ON edited.number = split_part(entry.subject, ':', 2)
                 WHERE entry.action IN ('card_change.edited', 'sheet.edited')) AS did ON did.review_id = review.id
         WHERE did.actor <> review.prepared_by
         GROUP BY review.id) AS known
 WHERE known.id = review.id;
