DROP VIEW visible_unit;
DROP TABLE login_try, user_role, app_user, section, unit, division;
