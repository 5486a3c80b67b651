# What every user of the blueprint `starter` gets: three networks with the same names and addresses for everybody, each
# user on VLANs of their own. A larger one, with a gateway, quotas and labs, is in pillar/examples/schools.
opennebula:
  shared:
    groups:
      starters: {}

  blueprints:
    starter:
      # Primary group of the users, and group of what they own.
      group: starters

      # Set these: which VLANs may be used, and the device of the hosts that carries them. Until you have, nothing is
      # written, and `salt-call opennebula.validate` reports what is missing.
      vlans:
        first: null
        last: null
        phydev: null

      # A network's VLAN is its user's `vlan_base` plus its `vlan`. Leave room between the bases of two users: then a
      # network that is added here renumbers nobody.
      networks:
        lan: {vlan: 0, cidr: 10.0.1.0/24, first: 10.0.1.50, size: 150, gateway: 10.0.1.1, dns: 10.0.1.1}
        dmz: {vlan: 1, cidr: 10.0.2.0/24, first: 10.0.2.50, size: 150, gateway: 10.0.2.1, dns: 10.0.2.1}
        lab: {vlan: 2, cidr: 10.0.3.0/24, first: 10.0.3.50, size: 150, gateway: 10.0.3.1, dns: 10.0.3.1}
