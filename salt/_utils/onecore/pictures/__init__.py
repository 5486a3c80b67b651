"""A cloud as pictures, as a map of VLANs, and as a page. For :mod:`..bridge`."""
