"""All that the pillar declares, done: users, labs, pipelines; what exists, what was interrupted.

For the interface to Salt.
"""
