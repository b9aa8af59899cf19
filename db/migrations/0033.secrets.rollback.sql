GRANT SELECT ON gateway TO panhuo_collector, panhuo_analytics;
GRANT SELECT ON app_user TO panhuo_analytics, panhuo_exchange;
GRANT SELECT ON linked_system TO panhuo_exchange;
