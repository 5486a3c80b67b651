"""Virtual routers: NICs that a group of VMs has in common, and those VMs."""
