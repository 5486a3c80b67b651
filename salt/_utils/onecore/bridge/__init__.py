"""The interface to Salt, and the only package that imports it.

For what Salt loads: modules, states, runners, pillars.
"""
