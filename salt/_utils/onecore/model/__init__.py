"""The parts of the declaration of a kind: fields, writers, members, quotas, handover.

Knows no kind; for kinds, and for the engine that works from them.
"""
