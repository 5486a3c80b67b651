opennebula:
  users:
    ines:
      blueprint: eole
      vlan_base: 340
      gateway:
        uplink_ip: 192.168.230.19
