DROP TABLE category_synonym;
