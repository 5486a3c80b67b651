"""Publishes builds under the names that users know: installing, saving, publishing, earlier versions.

For orchestration and for the interface to Salt.
"""
