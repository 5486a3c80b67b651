# A user who differs from the blueprint. Dictionaries are merged key by key, so this file contains only the differences.
opennebula:
  users:
    basile:
      blueprint: eole
      vlan_base: 130
      gateway:
        uplink_ip: 192.168.230.12
        memory: 1G
        context:
          # In addition to the context of the blueprint.
          GATEWAY_BANNER: load tests
      networks:
        # One key of one network; its other keys come from the blueprint.
        vext: {mtu: 1400}
      quota:
        vms: 60
      # Creates its VMs: salt-run onelab.build docker user=basile (docs/docker.md)
      labs:
        docker:
          builder:
            template: docker-host
            networks: [academie]
            ready: context-report
            ready_timeout: 900
            # salt-run onelab.reset reverts to this snapshot: docker without images and containers.
            snapshot: fresh
          runner:
            template: docker-host
            networks: [academie]
            ready: context-report
            ready_timeout: 900
            snapshot: fresh
            memory: 4G
