# A lab of docker hosts for the user basile; docs/docker.md shows how to use it. Moved from `users: basile` to
# `blueprints: eole`, it is every user's. A highstate creates the template; the VMs exist once the lab is built:
# salt-run onelab.build docker user=basile
#
# The hosts install docker through the user's gateway, which lets `academie` reach the uplink.
opennebula:
  shared:
    templates:
      docker-host:
        cpu: 1
        vcpu: 2
        memory: 2G
        disks:
          - {image: debian-12, owner: oneadmin, size: 20G}
        context:
          NETWORK: "YES"
          SSH_PUBLIC_KEY: $USER[SSH_PUBLIC_KEY]
          # For OneGate: without a token the guest cannot report that it is ready. An oned without OneGate refuses it.
          TOKEN: "YES"
          # Runs at each start. It ends when docker answers, so that nothing is reported before.
          START_SCRIPT: |
            #!/bin/sh
            set -e
            if ! command -v dockerd > /dev/null; then
              apt-get update
              DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends docker.io
            fi
            systemctl enable --now docker
            until docker info > /dev/null 2>&1; do sleep 1; done
          # Asked again before READY=YES is reported, so that a script that failed reports nothing.
          READY_SCRIPT: docker info
        permissions: "644"

  users:
    basile:
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
