opennebula:
  users:
    nadia:
      blueprint: eole
      vlan_base: 490
      gateway:
        uplink_ip: 192.168.230.24
