# What each user of the blueprint `eole` gets: 25 networks, a gateway, quotas.
#
# All users have the same networks with the same addresses. They are isolated by VLANs: each network of each user has its
# own, which is the `vlan_base` of the user plus the `vlan` of the network. There is room between the bases of two users
# (30 numbers for 25 networks), so that networks can be added here without changing the VLANs of other users.
opennebula:
  blueprints:
    eole:
      # The primary group of the users, and the group of their objects.
      group: eole

      # A VLAN outside this range is an error, and nothing is written.
      vlans: {first: 2, last: 4094, phydev: eth1}

      # OpenNebula gives VMs the addresses from `first` on, `size` of them; the others are free for fixed addresses. A
      # network may also have any argument of the state onevnet.present: mtu, address_ranges, permissions, …
      networks:
        # The world outside of the schools: the academy's services, the Windows domain, the lines between sites.
        academie: {vlan: 0, cidr: 192.168.0.0/24, first: 192.168.0.50, size: 150, gateway: 192.168.0.1, dns: 192.168.0.1}
        windows: {vlan: 1, cidr: 192.168.253.0/24, first: 192.168.253.50, size: 150, gateway: 192.168.253.1, dns: 192.168.253.1}
        interco: {vlan: 2, cidr: 172.30.101.0/24, first: 172.30.101.50, size: 150, gateway: 172.30.101.1, dns: 172.30.101.1}
        racine: {vlan: 3, cidr: 172.31.20.0/24, first: 172.31.20.50, size: 150, gateway: 172.31.20.1, dns: 172.31.20.1}
        raip: {vlan: 4, cidr: 172.31.21.0/24, first: 172.31.21.50, size: 150, gateway: 172.31.21.1, dns: 172.31.21.1}
        ha1: {vlan: 5, cidr: 10.0.254.0/24, first: 10.0.254.50, size: 150, gateway: 10.0.254.1, dns: 10.0.254.1}
        # The schools: administration, teaching and demilitarised zones of six of them.
        admin1: {vlan: 6, cidr: 10.1.1.0/24, first: 10.1.1.50, size: 150, gateway: 10.1.1.1, dns: 10.1.1.1}
        pedago1: {vlan: 7, cidr: 10.1.2.0/24, first: 10.1.2.50, size: 150, gateway: 10.1.2.1, dns: 10.1.2.1}
        dmz1: {vlan: 8, cidr: 10.1.3.0/24, first: 10.1.3.50, size: 150, gateway: 10.1.3.1, dns: 10.1.3.1}
        admin2: {vlan: 9, cidr: 10.2.1.0/24, first: 10.2.1.50, size: 150, gateway: 10.2.1.1, dns: 10.2.1.1}
        pedago2: {vlan: 10, cidr: 10.2.2.0/24, first: 10.2.2.50, size: 150, gateway: 10.2.2.1, dns: 10.2.2.1}
        dmz2: {vlan: 11, cidr: 10.2.3.0/24, first: 10.2.3.50, size: 150, gateway: 10.2.3.1, dns: 10.2.3.1}
        dmz2priv: {vlan: 12, cidr: 10.2.4.0/24, first: 10.2.4.50, size: 150, gateway: 10.2.4.1, dns: 10.2.4.1}
        pedago3: {vlan: 13, cidr: 10.3.2.0/24, first: 10.3.2.50, size: 150, gateway: 10.3.2.1, dns: 10.3.2.1}
        pedago4: {vlan: 14, cidr: 10.4.2.0/24, first: 10.4.2.50, size: 150, gateway: 10.4.2.1, dns: 10.4.2.1}
        admin5: {vlan: 15, cidr: 10.5.1.0/24, first: 10.5.1.50, size: 150, gateway: 10.5.1.1, dns: 10.5.1.1}
        pedago6: {vlan: 16, cidr: 10.6.2.0/24, first: 10.6.2.50, size: 150, gateway: 10.6.2.1, dns: 10.6.2.1}
        # The network that connects them, and the sites behind it.
        RIE: {vlan: 17, cidr: 192.168.227.0/24, first: 192.168.227.50, size: 150, gateway: 192.168.227.1, dns: 192.168.227.1}
        vext: {vlan: 18, cidr: 10.200.0.0/24, first: 10.200.0.50, size: 150, gateway: 10.200.0.1, dns: 10.200.0.1}
        vsiege-nt1: {vlan: 19, cidr: 10.200.1.0/24, first: 10.200.1.50, size: 150, gateway: 10.200.1.1, dns: 10.200.1.1}
        vdmz-nt1: {vlan: 20, cidr: 10.200.2.0/24, first: 10.200.2.50, size: 150, gateway: 10.200.2.1, dns: 10.200.2.1}
        vwifi-nt1: {vlan: 21, cidr: 10.200.3.0/24, first: 10.200.3.50, size: 150, gateway: 10.200.3.1, dns: 10.200.3.1}
        vsiege-ad1: {vlan: 22, cidr: 10.200.11.0/24, first: 10.200.11.50, size: 150, gateway: 10.200.11.1, dns: 10.200.11.1}
        vdmz-ad1: {vlan: 23, cidr: 10.200.12.0/24, first: 10.200.12.50, size: 150, gateway: 10.200.12.1, dns: 10.200.12.1}
        vwifi-ad1: {vlan: 24, cidr: 10.200.13.0/24, first: 10.200.13.50, size: 150, gateway: 10.200.13.1, dns: 10.200.13.1}

      # A VM that connects some of the networks to the outside. Its first NIC is on the uplink, a network of oneadmin (see
      # ../shared.sls). The others are on the listed networks of the user, where it has the address .1, which is their
      # `gateway`.
      gateway:
        template: gateway
        uplink: {network: EOLE, owner: oneadmin}
        lan: [academie, RIE, windows]
        power: running
        context:
          # For the software in the gateway, which reads it when it starts.
          GATEWAY_ROLE: router
        # With these lines, the gateway becomes a minion by itself: gw-alice, … (docs/enrolment.md)
        # enrol:
        #   master: 192.168.230.5
        #   master_finger: '4f:0c:…'
        #   secret: sdb://vault/enrolment
        # Allowed connections between its networks; all others are denied. Every network may connect to the uplink, and the
        # uplink to none of them. Replies always pass.
        policy:
          academie:
            RIE: {tcp: [80, 443], ping: true}
            windows: allow
          windows:
            academie: {tcp: [445]}
        # Ports of the uplink address that are forwarded to a machine on `academie`.
        forwards:
          web: {port: 8080, to: 192.168.0.60, to_port: 80}
          log: {protocol: udp, port: 5514, to: 192.168.0.60, to_port: 514}
        # VMs get the addresses that OpenNebula has leased to them. On `academie`, other machines get one of these.
        dhcp:
          academie: {first: 192.168.0.210, size: 20}
          RIE: {}
          windows: {}
        hosts:
          scribe: 192.168.0.60
          horus: 192.168.253.60
        dns: {domain: school.internal}

      # VMs that are built, reset and rebuilt together, on request: salt-run onelab.build school
      labs:
        school:
          database:
            template: server
            networks: [dmz1]
            # A snapshot of its disks before the first start. salt-run onelab.reset reverts to it.
            snapshot: initial
          web:
            template: server
            networks: [dmz1, pedago1]
            after: [database]
            snapshot: initial

      # Limits of all VMs of a user together. -1 is the default of the cloud, -2 is no limit.
      quota:
        vms: 30
        memory: 64G
        system_disk_size: 500G
