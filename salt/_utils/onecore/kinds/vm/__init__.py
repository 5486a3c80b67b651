"""VMs: the kind, its NICs, and how an existing VM is changed, powered, awaited and replaced."""
