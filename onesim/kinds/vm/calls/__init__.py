"""The calls on VMs, a file for those that belong together."""
