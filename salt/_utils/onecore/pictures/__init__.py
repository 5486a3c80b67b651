"""What there is in a cloud for people: as pictures, as the map of VLANs, as a page. For :mod:`..bridge`."""
