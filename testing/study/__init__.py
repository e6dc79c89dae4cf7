"""Ground: the records that every other room speaks in, and the rules that hold for them."""
