DROP TABLE document_number, review_event, review_step, review, review_node;
