# What each user of the blueprint `starter` gets: three networks, with the same names and addresses for every user, on
# VLANs of the user's own. A larger example, with a gateway, quotas and labs, is in pillar/examples/schools.
opennebula:
  shared:
    groups:
      starters: {}

  blueprints:
    starter:
      # The primary group of the users, and the group of their objects.
      group: starters

      # Set these: the VLANs that may be used, and the network device of the hosts. Until then, a run writes nothing, and
      # `salt-call opennebula.validate` reports what is missing.
      vlans:
        first: null
        last: null
        phydev: null

      # The VLAN of a network is the `vlan_base` of its user plus its own `vlan`. Leave room between the bases of two
      # users, so that you can add networks here without changing the VLANs of other users.
      networks:
        lan: {vlan: 0, cidr: 10.0.1.0/24, first: 10.0.1.50, size: 150, gateway: 10.0.1.1, dns: 10.0.1.1}
        dmz: {vlan: 1, cidr: 10.0.2.0/24, first: 10.0.2.50, size: 150, gateway: 10.0.2.1, dns: 10.0.2.1}
        lab: {vlan: 2, cidr: 10.0.3.0/24, first: 10.0.3.50, size: 150, gateway: 10.0.3.1, dns: 10.0.3.1}
