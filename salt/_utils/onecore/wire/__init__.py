"""Calls to OpenNebula: settings, transport, client, events.

The only package that imports pyone, requests or zmq; for the view of a cloud, and for the interface to Salt, which
creates the client.
"""
