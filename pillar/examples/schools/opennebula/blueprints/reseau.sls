# A second team on the same cloud, in one file: its group with the group's rights, its blueprint of six networks, its users.
#
# Teams are isolated in three ways. Their networks have VLANs of their own. The networks belong to their users, with the
# permissions "600". The group of each team is not in OpenNebula's default VDC, whose members may use every network of the
# cloud, but in a VDC of its own, with hosts and datastores, and without networks. `salt-call opennebula.isolation` shows
# how each pair of users is isolated.
opennebula:
  shared:
    groups:
      reseau:
        # Administrators of the group: they manage its users and their objects.
        admins: [nora]
        # Limits of all its users together. The limits of each user are in the blueprint.
        quota: {vms: 40, memory: 128G}
        # Hosts and datastores by name, or ALL, which is the default (see `eole`).
        vdc:
          hosts: ALL
          datastores: [system, default]
    acls:
      # Every user of the team may use the templates and images of the others.
      reseau-templates: "@reseau TEMPLATE+IMAGE/@reseau USE"

  blueprints:
    reseau:
      group: reseau
      # VLANs of the team's own.
      vlans: {first: 1000, last: 1199, phydev: eth1}
      networks:
        coeur: {vlan: 0, cidr: 10.64.0.0/24, first: 10.64.0.50, size: 100, gateway: 10.64.0.1, dns: 10.64.0.1}
        distribution: {vlan: 1, cidr: 10.64.1.0/24, first: 10.64.1.50, size: 100, gateway: 10.64.1.1, dns: 10.64.1.1}
        acces: {vlan: 2, cidr: 10.64.2.0/24, first: 10.64.2.50, size: 100, gateway: 10.64.2.1, dns: 10.64.2.1}
        wifi: {vlan: 3, cidr: 10.64.3.0/24, first: 10.64.3.50, size: 100, gateway: 10.64.3.1, dns: 10.64.3.1}
        voix: {vlan: 4, cidr: 10.64.4.0/24, first: 10.64.4.50, size: 100, gateway: 10.64.4.1, dns: 10.64.4.1}
        supervision: {vlan: 5, cidr: 10.64.5.0/24, first: 10.64.5.50, size: 100, gateway: 10.64.5.1, dns: 10.64.5.1}
      gateway:
        template: gateway
        uplink: {network: EOLE, owner: oneadmin}
        lan: [coeur, distribution]
        power: running
      quota:
        vms: 15
        memory: 32G

  users:
    nora:
      blueprint: reseau
      vlan_base: 1000
      gateway:
        uplink_ip: 192.168.230.41
    yann:
      blueprint: reseau
      vlan_base: 1010
      gateway:
        uplink_ip: 192.168.230.42
