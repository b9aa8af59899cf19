"""MQTT to time-series tables: topics, decoding, batching, storing, devices."""

from ingest import broker, broker_certificates, device_events, devices, proof, sensor_kinds
from ingest.broker_check import check_limits, check_listeners
from ingest.broker_passwords import hash_password
from ingest.collector import Collector, Counters, run_collector
from ingest.reasons import Reason
from ingest.sensor_kinds import SensorKind
from ingest.settings import IngestSettings

__all__ = [
    "Collector",
    "Counters",
    "IngestSettings",
    "Reason",
    "SensorKind",
    "broker",
    "broker_certificates",
    "check_limits",
    "check_listeners",
    "device_events",
    "devices",
    "hash_password",
    "proof",
    "run_collector",
    "sensor_kinds",
]
