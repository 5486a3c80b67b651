"""The functions of execution modules: one call on one object.

For the modules, through the interface to Salt.
"""
