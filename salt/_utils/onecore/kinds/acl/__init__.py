"""ACL rules: the kind, and which rules are ours."""
