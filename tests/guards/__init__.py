"""Guards: tests that read the code base itself."""
