"""What a VM consists of: disks, NICs, a place, a history, and what these take of images, addresses and quotas."""
