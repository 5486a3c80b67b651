"""Who may do what, and how much of it: permissions and ACL rules, quotas, VLANs, operations on VMs."""
