opennebula:
  users:
    lucas:
      blueprint: eole
      vlan_base: 430
      gateway:
        uplink_ip: 192.168.230.22
