"""The kinds of objects, a file or a folder for each.

A kind refers to another by its collection; only `vm` uses `vnet`, and `vrouter` uses `vm`. For every package above,
most of which take them from `registry`.
"""
