opennebula:
  users:
    elise:
      blueprint: eole
      vlan_base: 220
      gateway:
        uplink_ip: 192.168.230.15
