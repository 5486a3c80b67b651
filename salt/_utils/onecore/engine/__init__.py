"""Applies declarations of any kind to a cloud: converge, remove, rename, report.

For every package with declarations.
"""
