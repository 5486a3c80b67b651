opennebula:
  users:
    pauline:
      blueprint: eole
      vlan_base: 550
      gateway:
        uplink_ip: 192.168.230.26
