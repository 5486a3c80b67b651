"""A cloud that exists: written down as a pillar, compared with one, and looked over.

Whoever uses it hands over what judges a pillar, and what a dry run found: both are higher up.
"""
