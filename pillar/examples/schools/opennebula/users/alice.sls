# One file a user. What is not set here comes from the blueprint.
opennebula:
  users:
    alice:
      blueprint: eole
      # Her VLANs: 100 for `academie` (offset 0) to 124 for `vwifi-ad1` (offset 24).
      vlan_base: 100
      gateway:
        # Her gateway's address on the shared network EOLE.
        uplink_ip: 192.168.230.11
      # For VMs whose template contains $USER[SSH_PUBLIC_KEY].
      ssh_public_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExampleExampleExampleExam alice@example.org
      attributes:
        EMAIL: alice@example.org
