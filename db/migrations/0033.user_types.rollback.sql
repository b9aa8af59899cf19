REVOKE SELECT ON _yoyo_migration FROM panhuo_collector, panhuo_analytics, panhuo_portal, panhuo_notifier, panhuo_exchange;
