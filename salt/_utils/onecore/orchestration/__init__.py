"""Applies all that the pillar declares: users, labs, pipelines; status, and interrupted runs. For the interface to
Salt.

For the interface to Salt.
"""
