# A user who differs from the blueprint: dictionaries are merged key by key, so only the difference stands here.
opennebula:
  users:
    basile:
      blueprint: eole
      vlan_base: 130
      gateway:
        uplink_ip: 192.168.230.12
        memory: 1G
        context:
          # Beside what the blueprint's context says.
          GATEWAY_BANNER: load tests
      networks:
        # One key of one network; the rest of it stays as it is.
        vext: {mtu: 1400}
      quota:
        vms: 60
