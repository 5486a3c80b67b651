"""ACL rules: the kind, how a rule is written, and which rules are ours."""
