"""Talking to OpenNebula: settings, transport, client, events.

The only package that imports pyone, requests or zmq; for the view of a cloud, and for the seam to Salt, which makes
the client.
"""
