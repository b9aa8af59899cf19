"""A gateway and its sensors, simulated; shares only the wire contract with the product."""
