"""What everything is written in: errors, values, syntax, plans, marks, locks.

Knows no cloud; for every other package.
"""
