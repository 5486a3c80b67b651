"""The calls on VMs, a file for each group of related ones."""
