"""Set up this checkout on a fresh machine: packages, environment, front end, TimescaleDB."""
