"""PURE. Frame, protocol and seed become a sealed plan; no clock, file, database or network."""
