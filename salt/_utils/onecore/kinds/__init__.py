"""A file or a folder a kind, and nothing else.

A kind names another by its collection; only `vm` uses `vnet`, and `vrouter` uses `vm`. For every package above,
most of which take them from `registry`.
"""
