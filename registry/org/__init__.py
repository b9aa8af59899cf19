"""Who: divisions, units, sections, users and what they may do."""
