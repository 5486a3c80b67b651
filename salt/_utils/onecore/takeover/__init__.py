"""Existing clouds: export as a pillar, comparison with a pillar, checks.

The caller passes the schema check of a pillar and the reports of a dry run, which come from higher packages.
"""
