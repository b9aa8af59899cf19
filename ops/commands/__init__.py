"""The groups of the `panhuo` command, one module each."""
