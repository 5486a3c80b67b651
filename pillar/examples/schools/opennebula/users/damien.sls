opennebula:
  users:
    damien:
      blueprint: eole
      vlan_base: 190
      gateway:
        uplink_ip: 192.168.230.14
