DROP TABLE photo, card, category;
