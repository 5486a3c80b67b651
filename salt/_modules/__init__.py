"""Execution modules: what an operator calls, named and spelled as the OpenNebula CLI."""
