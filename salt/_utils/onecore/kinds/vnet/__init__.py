"""Virtual networks: the kind, its address ranges, who may use one, and who leaves one."""
