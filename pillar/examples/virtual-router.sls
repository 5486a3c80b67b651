# A gateway that is a virtual router of OpenNebula instead of a VM. docs/virtual-routers.md describes when to use it.
#
# Copy this file to opennebula/blueprints/, and set `blueprint: routed` in the file of a user. It needs the group, the
# network EOLE and the image of opennebula/shared.sls.
opennebula:
  shared:
    templates:
      router:
        cpu: 0.5
        vcpu: 1
        memory: 512M
        disks:
          - {image: debian-12, owner: oneadmin}
        context:
          NETWORK: "YES"
          SSH_PUBLIC_KEY: $USER[SSH_PUBLIC_KEY]
        attributes:
          # Makes it a template for virtual routers only. It has no NICs: its VMs get those of the router.
          VROUTER: "YES"
        permissions: "644"

  blueprints:
    routed:
      group: eole
      vlans: {first: 2, last: 4094, phydev: eth1}
      networks:
        academie: {vlan: 0, cidr: 192.168.0.0/24, first: 192.168.0.50, size: 150, gateway: 192.168.0.1, dns: 192.168.0.1}
        RIE: {vlan: 1, cidr: 192.168.227.0/24, first: 192.168.227.50, size: 150, gateway: 192.168.227.1, dns: 192.168.227.1}
        windows: {vlan: 2, cidr: 192.168.253.0/24, first: 192.168.253.50, size: 150, gateway: 192.168.253.1, dns: 192.168.253.1}
      gateway:
        template: router
        uplink: {network: EOLE, owner: oneadmin}
        lan: [academie, RIE, windows]
        # `{}` is one VM, which has the addresses of the router. Several VMs share these addresses, and each has one of its
        # own, too: keepalived, which the image must contain, gives the shared addresses to a VM that runs.
        virtual_router: {vms: 2}
