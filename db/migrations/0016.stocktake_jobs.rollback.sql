REVOKE SELECT, UPDATE (reminded_at) ON stocktake FROM panhuo_exchange;
REVOKE SELECT ON stocktake_expected, stocktake_count FROM panhuo_exchange;
