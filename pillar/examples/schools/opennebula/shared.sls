# Objects for all users. They belong to oneadmin, and their permissions allow others to use them: "644" is use and manage
# (4 + 2) for the owner, use (4) for the group and for all others.
opennebula:
  shared:
    groups:
      # Its members may use all hosts and datastores, and of the networks only their own and those whose permissions allow
      # it: Salt creates a VDC of the same name for it. Another team is in blueprints/reseau.sls.
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
        # A placeholder: set the path of an image on the front end, or a URL.
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
        # No NICs: each gateway declares its own. If a template has NICs, do not give the owner of their networks: each VM
        # then uses the network of this name of its own owner.
        context:
          NETWORK: "YES"
          # OpenNebula replaces this by the key of the owner of the VM.
          SSH_PUBLIC_KEY: $USER[SSH_PUBLIC_KEY]
        graphics: {TYPE: VNC, LISTEN: 127.0.0.1}
        permissions: "644"

      # The VMs of labs in the blueprint `eole`: a system disk, and one for data.
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
