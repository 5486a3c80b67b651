opennebula:
  users:
    sophie:
      blueprint: eole
      vlan_base: 640
      gateway:
        uplink_ip: 192.168.230.29
