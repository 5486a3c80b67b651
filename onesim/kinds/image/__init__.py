"""Images: the object, its calls, and snapshots, which the disks of VMs have too."""
