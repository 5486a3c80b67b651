# What everybody uses. It belongs to oneadmin; its permissions let others use it: "644" is use and manage (4 + 2) for the
# owner, use (4) for the group and for everybody else.
opennebula:
  shared:
    groups:
      # It may use all hosts and datastores, and no network but those that their permissions share: a VDC of its name says
      # so to OpenNebula. Another team is in blueprints/reseau.sls.
      eole: {}

    networks:
      # The way out: a bridge of the hosts. Each gateway has an address here.
      EOLE:
        driver: bridge
        bridge: br0
        cidr: 192.168.230.0/24
        first: 192.168.230.11
        size: 200
        gateway: 192.168.230.1
        dns: 192.168.230.1
        permissions: "644"

    images:
      debian-12:
        datastore: default
        type: OS
        # A placeholder: put the image of your choice there, on the front end, or give a URL.
        path: /var/tmp/debian-12.qcow2
        dev_prefix: vd
        description: Debian 12, the system of the gateways
        permissions: "644"
      data:
        datastore: default
        type: DATABLOCK
        # Without a path: an empty disk of this size.
        size: 1G
        dev_prefix: vd
        description: An empty disk for data
        permissions: "644"

    templates:
      gateway:
        cpu: 0.5
        vcpu: 1
        memory: 512M
        disks:
          - {image: debian-12, owner: oneadmin}
        # No NICs: each gateway names its own. Where a template does name networks, it names no owner, so that
        # everybody's VM finds the network of that name that its own owner has.
        context:
          NETWORK: "YES"
          # OpenNebula puts in the key of whoever owns the VM.
          SSH_PUBLIC_KEY: $USER[SSH_PUBLIC_KEY]
        graphics: {TYPE: VNC, LISTEN: 127.0.0.1}
        permissions: "644"

      # What the labs of the blueprint `eole` are made of: a system disk, and one for data.
      server:
        cpu: 0.5
        vcpu: 1
        memory: 512M
        disks:
          - {image: debian-12, owner: oneadmin}
          - {image: data, owner: oneadmin}
        context:
          NETWORK: "YES"
          SSH_PUBLIC_KEY: $USER[SSH_PUBLIC_KEY]
        graphics: {TYPE: VNC, LISTEN: 127.0.0.1}
        permissions: "644"
