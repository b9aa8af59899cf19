DROP TABLE second_factor_rule;
