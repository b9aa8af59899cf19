"""The ingest room on real parts."""
