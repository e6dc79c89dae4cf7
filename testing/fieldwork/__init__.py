"""The only room that touches landlords: safeguards, sending, receiving, declining, coding."""
