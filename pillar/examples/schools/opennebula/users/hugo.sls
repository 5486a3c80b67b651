opennebula:
  users:
    hugo:
      blueprint: eole
      vlan_base: 310
      gateway:
        uplink_ip: 192.168.230.18
