# A user is a file; everything not said here comes from the blueprint.
opennebula:
  users:
    alice:
      blueprint: eole
      # Her VLANs: 100 for `academie` (offset 0) to 124 for `vwifi-ad1` (offset 24).
      vlan_base: 100
      gateway:
        # Her gateway's address on the shared network EOLE.
        uplink_ip: 192.168.230.11
      # Reaches every VM that asks for it: $USER[SSH_PUBLIC_KEY] in a template.
      ssh_public_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExampleExampleExampleExam alice@example.org
      attributes:
        EMAIL: alice@example.org
