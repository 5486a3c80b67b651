"""The rights of users, and their limits: permissions and ACL rules, quotas, VLANs, operations on VMs."""
