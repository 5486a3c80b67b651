"""The state transitions of VMs, and their reactions to changes of other objects."""
