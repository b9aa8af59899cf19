-- J4: a user's type follows from the kind of their unit; a 003 reviewer of a finance bureau saw nothing that was handed to them.
-- depends: 0029.clocks 0030.awaited

DO $$ BEGIN
PERFORM audit_append('system:migration', 'user.changed', 'user:' || login,
                    json_build_object('changed', json_build_object('type', json_build_array(type, fitting))), '')
  FROM (SELECT login, app_user.type, CASE WHEN unit.kind = 'finance' THEN '002' ELSE '003' END AS fitting
          FROM app_user JOIN unit ON unit.id = app_user.unit_id
         WHERE app_user.type IN ('002', '003')
         ORDER BY app_user.id) AS people
 WHERE type <> fitting;
END $$;

UPDATE app_user
   SET type = CASE WHEN unit.kind = 'finance' THEN '002' ELSE '003' END, version = app_user.version + 1
  FROM unit
 WHERE unit.id = app_user.unit_id AND app_user.type IN ('002', '003')
   AND app_user.type <> CASE WHEN unit.kind = 'finance' THEN '002' ELSE '003' END;

-- Every process, and `panhuo doctor` with its URL, may ask which migrations stand.
GRANT SELECT ON _yoyo_migration TO panhuo_collector, panhuo_analytics, panhuo_portal, panhuo_notifier, panhuo_exchange;
