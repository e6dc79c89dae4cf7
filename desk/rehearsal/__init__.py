"""A made-up town on loopback: listings, landlords with a known bias, mail, a virtual clock."""
