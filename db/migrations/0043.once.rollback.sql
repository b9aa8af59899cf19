DROP TABLE submission;
