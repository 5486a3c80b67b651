"""The seam to Salt: the only package that imports it.

For what Salt loads: modules, states, runners, pillars.
"""
