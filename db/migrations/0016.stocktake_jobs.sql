-- H1: reminders of counts that are due go out on the schedule of the exchange.
-- depends: 0015.stocktake 0010.exchange

GRANT SELECT ON stocktake, stocktake_expected, stocktake_count TO panhuo_exchange;
GRANT UPDATE (reminded_at) ON stocktake TO panhuo_exchange;
