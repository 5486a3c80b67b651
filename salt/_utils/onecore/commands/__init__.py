"""The functions of execution modules: one call on one object. The modules use them through the interface to Salt."""
