opennebula:
  users:
    thomas:
      blueprint: eole
      vlan_base: 670
      gateway:
        uplink_ip: 192.168.230.30
