opennebula:
  users:
    karine:
      blueprint: eole
      vlan_base: 400
      gateway:
        uplink_ip: 192.168.230.21
