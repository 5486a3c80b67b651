opennebula:
  users:
    quentin:
      blueprint: eole
      vlan_base: 580
      gateway:
        uplink_ip: 192.168.230.27
