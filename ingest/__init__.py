"""MQTT to time-series tables: topics, decoding, batching, storing, devices."""

from ingest import broker, devices, proof
from ingest.broker import check_limits
from ingest.broker_passwords import hash_password
from ingest.collector import Collector, Counters, run_collector
from ingest.devices import MEASURES, SensorKind
from ingest.reasons import Reason
from ingest.settings import IngestSettings

__all__ = [
    "MEASURES",
    "Collector",
    "Counters",
    "IngestSettings",
    "Reason",
    "SensorKind",
    "broker",
    "check_limits",
    "devices",
    "hash_password",
    "proof",
    "run_collector",
]
