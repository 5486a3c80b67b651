opennebula:
  users:
    jerome:
      blueprint: eole
      vlan_base: 370
      gateway:
        uplink_ip: 192.168.230.20
