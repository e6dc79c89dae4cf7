"""Feed formats that brokers hand over, one declaration each: read by the same rules as a portal's pages."""
