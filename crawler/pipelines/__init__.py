"""One step a file; each counts what it fixed or dropped."""
