DROP TABLE job_run, suggestion, assessment, sensor_health, usage_day, usage_session, idle_rule, binding;
DROP TABLE usage_hour;
