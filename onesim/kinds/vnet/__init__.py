"""Virtual networks: the object, its calls, address ranges and leases."""
