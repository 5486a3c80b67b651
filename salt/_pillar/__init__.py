"""Pillar modules: what the master adds to the pillar of minions."""
