"""Actions on existing VMs: power states, snapshots, rebuilding, expiry.

For orchestration and for the interface to Salt.
"""
