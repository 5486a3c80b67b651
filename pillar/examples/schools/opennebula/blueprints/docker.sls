# The template of docker hosts (docs/docker.md). A lab that uses it is in users/basile.sls: in a blueprint, every user
# would have the lab.
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
          # For OneGate: the guest needs a token to report that it is ready. OpenNebula without OneGate refuses it.
          TOKEN: "YES"
          # Runs at each start. It ends only when docker answers, so that the guest is not reported as ready before.
          START_SCRIPT: |
            #!/bin/sh
            set -e
            if ! command -v dockerd > /dev/null; then
              apt-get update
              DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends docker.io
            fi
            systemctl enable --now docker
            until docker info > /dev/null 2>&1; do sleep 1; done
          # Runs before READY=YES is reported, so that a guest whose START_SCRIPT failed is not reported as ready.
          READY_SCRIPT: docker info
        permissions: "644"
