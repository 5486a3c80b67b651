"""Shared basics: errors, values, syntax, plans, marks, locks.

Knows no cloud; for every other package.
"""
