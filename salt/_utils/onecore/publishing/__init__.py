"""How builds become what users know by name: installing, saving, publishing, earlier versions.

For orchestration and for the seam to Salt.
"""
