"""The review of any document."""
