"""The start of a cloud: all methods loaded, the objects of a new cloud, and those of a description."""
