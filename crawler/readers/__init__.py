"""A page becomes fields with their source, by three readers merged field by field."""
