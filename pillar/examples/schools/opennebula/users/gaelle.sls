opennebula:
  users:
    gaelle:
      blueprint: eole
      vlan_base: 280
      gateway:
        uplink_ip: 192.168.230.17
