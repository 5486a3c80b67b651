opennebula:
  users:
    ursule:
      blueprint: eole
      vlan_base: 700
      gateway:
        uplink_ip: 192.168.230.31
