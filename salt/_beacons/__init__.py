"""Beacons; Salt syncs them one by one, the wheel carries them as a package."""
