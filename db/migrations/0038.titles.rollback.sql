UPDATE review
   SET title = regexp_replace(review.title, ' 等 (\d+) 项$', ' × \1')
  FROM sheet
 WHERE sheet.review_id = review.id AND sheet.kind <> 'demand';
