"""Tickets with which a VM becomes a minion automatically, and their check.

For kinds that write a ticket, for the schema, and for the interface to Salt that checks it.
"""
