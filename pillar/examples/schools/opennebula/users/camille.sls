opennebula:
  users:
    camille:
      blueprint: eole
      vlan_base: 160
      gateway:
        uplink_ip: 192.168.230.13
