"""Reads a cloud and waits for it: collections, the view of a run, waiting.

Makes no write calls; for every package that asks about objects.
"""
