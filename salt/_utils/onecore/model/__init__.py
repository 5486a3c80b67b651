"""What the declaration of a kind is made of: fields, writers, members, quotas, handing over.

Knows no kind; for kinds, and for the engine that works from them.
"""
