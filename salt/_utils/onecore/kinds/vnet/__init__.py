"""Virtual networks: the kind, its address ranges and leases."""
