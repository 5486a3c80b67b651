# One file a user. What is not set here comes from the blueprint.
opennebula:
  users:
    alice:
      blueprint: starter
      # Set this: the VLAN of her first network. The others follow, such as 100 to 102.
      vlan_base: null
