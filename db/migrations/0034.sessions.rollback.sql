DROP TABLE login_session;
