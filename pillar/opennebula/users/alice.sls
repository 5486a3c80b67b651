# A user is a file; everything not said here comes from the blueprint.
opennebula:
  users:
    alice:
      blueprint: starter
      # Set this: her networks are on this VLAN and the ones after it, such as 100 to 102.
      vlan_base: null
