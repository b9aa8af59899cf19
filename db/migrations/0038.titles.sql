-- A sheet of several kinds of things is not "so many of the first": its title says "… 等 N 项" (B1).
-- depends: 0038.settled

UPDATE review
   SET title = regexp_replace(review.title, ' × (\d+)$', ' 等 \1 项')
  FROM sheet
 WHERE sheet.review_id = review.id AND sheet.kind <> 'demand' AND review.title ~ ' × \d+$'
   AND (SELECT count(DISTINCT card.name) FROM sheet_card JOIN card ON card.id = sheet_card.card_id
         WHERE sheet_card.sheet_id = sheet.id) > 1;
