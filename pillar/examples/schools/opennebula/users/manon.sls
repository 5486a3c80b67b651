opennebula:
  users:
    manon:
      blueprint: eole
      vlan_base: 460
      gateway:
        uplink_ip: 192.168.230.23
