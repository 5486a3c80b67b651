# What a highstate applies. Use this file, or copy its lines into your own top file. The first part matches the minion
# that manages the cloud, which has the pillar `opennebula`; the second one matches gateways.
base:
  'I@opennebula:* and not G@opennebula:role:gateway':
    - match: compound
    - opennebula
  'opennebula:role:gateway':
    - match: grain
    - gateway
