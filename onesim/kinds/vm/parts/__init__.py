"""The parts of a VM: disks, NICs, host, history, and their usage of images, addresses and quotas."""
