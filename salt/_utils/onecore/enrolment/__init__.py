"""Tickets by which a VM becomes a minion by itself, and who is admitted.

For kinds that write a ticket, for the schema, and for the seam to Salt that checks it.
"""
