"""What leaves and what is destroyed: the release, the ledger."""
