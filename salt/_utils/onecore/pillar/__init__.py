"""From the pillar to desired objects: pure functions over plain data.

For the schema, for orchestration and for the interface to Salt.
"""
