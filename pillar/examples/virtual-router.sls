# A gateway that is a virtual router of OpenNebula's, in place of a VM; docs/virtual-routers.md tells when that is of use.
#
# Copy this file to opennebula/blueprints/, and say `blueprint: routed` in a user's file. It stands on the group, the
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
          # What makes it a template for virtual routers: OpenNebula makes nothing else from it. Their NICs are the
          # router's, so it has none.
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
        # `{}` is one VM, which has the router's addresses. With several, they share them: each has one of its own
        # besides, and keepalived, which the image has to bring along, gives the shared ones to whichever is up.
        virtual_router: {vms: 2}
