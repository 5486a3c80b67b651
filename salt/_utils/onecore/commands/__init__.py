"""What execution modules do: one call on one object that a person named.

For the modules, by way of the seam to Salt.
"""
