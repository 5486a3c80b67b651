opennebula:
  users:
    olivier:
      blueprint: eole
      vlan_base: 520
      gateway:
        uplink_ip: 192.168.230.25
