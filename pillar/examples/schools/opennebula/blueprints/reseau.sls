# A second team on the same cloud, in one file: its group with what that may use, its blueprint of six networks, its users.
#
# Teams are kept apart by three things. Their networks have VLANs of their own; they belong to their users, with
# permissions "600"; and the group of each team is out of OpenNebula's default VDC, whose members may use every network of
# the cloud. In its place it has a VDC of its own, with hosts, datastores and nobody's networks. What keeps whom apart,
# and what does not: salt-call opennebula.isolation
opennebula:
  shared:
    groups:
      reseau:
        # Administrators of the group: they manage its users and what these have.
        admins: [nora]
        # What its users may take all together; what each of them may, the blueprint says.
        quota: {vms: 40, memory: 128G}
        # Hosts and datastores by name, or ALL of them, which is what a group has that says nothing (see `eole`).
        vdc:
          hosts: ALL
          datastores: [system, default]
    acls:
      # Within the team, everybody may start what another one has prepared.
      reseau-templates: "@reseau TEMPLATE+IMAGE/@reseau USE"

  blueprints:
    reseau:
      group: reseau
      # Its own part of the VLANs.
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
