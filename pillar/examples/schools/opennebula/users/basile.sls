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
      # docs/docker.md: the VMs exist once the lab is built, by salt-run onelab.build docker user=basile
      labs:
        docker:
          builder:
            template: docker-host
            networks: [academie]
            ready: context-report
            ready_timeout: 900
            # A reset goes back to docker without images and containers.
            snapshot: fresh
          runner:
            template: docker-host
            networks: [academie]
            ready: context-report
            ready_timeout: 900
            snapshot: fresh
            memory: 4G
