"""Images: the object, its calls, and snapshots, which disks of VMs also have."""
