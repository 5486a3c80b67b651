"""Existing clouds: export as a pillar, comparison with a pillar, checks.

The caller passes the check of a pillar, and the reports of a dry run: both are in higher packages.
"""
