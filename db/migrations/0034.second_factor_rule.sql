-- J1: whose user type and role need a second factor; none at first.
-- depends: 0029.clocks 0030.awaited

CREATE TABLE second_factor_rule (
  type  text NOT NULL CHECK (type IN ('001', '002', '003', '004')),
  role  text NOT NULL CHECK (role IN ('preparer', 'reviewer', 'stocktaker', 'administrator', 'auditor')),
  PRIMARY KEY (type, role)
);
GRANT SELECT, INSERT, DELETE ON second_factor_rule TO panhuo_portal;
