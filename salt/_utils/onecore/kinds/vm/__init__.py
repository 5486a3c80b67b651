"""VMs: the kind, its NICs, how a VM that exists is changed, powered, awaited and replaced."""
