"""VDCs: the kind, the objects that a VDC shares with its groups, and the ACL rules that implement it."""
