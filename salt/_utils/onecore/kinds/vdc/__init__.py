"""VDCs: the kind, what one lets its groups use, and the ACL rules that say so to OpenNebula."""
