"""MQTT to time-series tables: topics, decoding, batching, storing, devices."""
