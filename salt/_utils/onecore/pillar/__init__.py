"""From the pillar to what is desired: pure functions over plain data.

For the schema, for orchestration and for the seam to Salt.
"""
