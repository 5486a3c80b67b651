opennebula:
  users:
    rachid:
      blueprint: eole
      vlan_base: 610
      gateway:
        uplink_ip: 192.168.230.28
