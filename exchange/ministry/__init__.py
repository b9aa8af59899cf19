"""The exchange with the ministry's aggregator: reports up, decisions and other provinces down."""

from exchange.ministry.job import Job, run_exchange
from exchange.ministry.settings import MinistrySettings

__all__ = ["Job", "MinistrySettings", "run_exchange"]
