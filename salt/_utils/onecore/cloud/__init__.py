"""What there is in a cloud, and when it is ready: collections, one run's view, waiting.

Looks, and leaves writing to others; for everything that asks about objects.
"""
