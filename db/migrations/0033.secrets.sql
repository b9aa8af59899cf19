-- Columns of secrets are read by no role that does not need them: only the portal checks passwords, codes and tokens and
-- writes the broker's password file; the notifier alone signs webhooks. tests/guards/test_secrets.py lists them all.
-- depends: 0008.people 0010.exchange 0030.awaited

-- Everything of these tables but the secrets. A column that is added later is granted by its own migration.
DO $$
DECLARE
  given record;
BEGIN
  FOR given IN
    SELECT reader, tab, string_agg(quote_ident(attname), ', ') AS columns
      FROM (VALUES ('panhuo_collector', 'gateway', ARRAY['password_hash']),
                   ('panhuo_analytics', 'gateway', ARRAY['password_hash']),
                   ('panhuo_analytics', 'app_user', ARRAY['password_hash', 'totp_secret', 'totp_pending']),
                   ('panhuo_exchange', 'app_user', ARRAY['password_hash', 'totp_secret', 'totp_pending']),
                   ('panhuo_exchange', 'linked_system', ARRAY['token_hash'])) AS readers (reader, tab, secrets)
      JOIN pg_attribute ON attrelid = tab::regclass AND attnum > 0 AND NOT attisdropped AND attname <> ALL (secrets)
     GROUP BY reader, tab
  LOOP
    EXECUTE format('REVOKE SELECT ON %I FROM %I', given.tab, given.reader);
    EXECUTE format('GRANT SELECT (%s) ON %I TO %I', given.columns, given.tab, given.reader);
  END LOOP;
END $$;
