"""What there is in a cloud, as pictures: networks with their VMs, and who has which VLAN. For :mod:`..bridge`."""
