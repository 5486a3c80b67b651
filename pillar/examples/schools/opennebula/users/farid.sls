opennebula:
  users:
    farid:
      blueprint: eole
      vlan_base: 250
      gateway:
        uplink_ip: 192.168.230.16
