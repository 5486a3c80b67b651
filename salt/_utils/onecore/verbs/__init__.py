"""What is done with VMs that exist: states, snapshots, rebuilding, expiry.

For orchestration and for the seam to Salt.
"""
