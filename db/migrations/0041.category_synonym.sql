-- What people call a category of GB/T 14885: 电脑 finds 台式计算机. A list of the installation's own,
-- replaced as a whole; a name may stand for several categories.
-- depends: 0031.waiting 0035.throttle

CREATE TABLE category_synonym (
  name     text NOT NULL CHECK (name <> ''),
  category text NOT NULL REFERENCES category,
  PRIMARY KEY (name, category)
);

GRANT SELECT, INSERT, DELETE ON category_synonym TO panhuo_portal;
