# What a highstate applies. Copy the lines into your own top file, or use this one. A minion without the pillar
# `opennebula`, which is the one that manages the cloud, has nothing to do with it.
base:
  'I@opennebula:* and not G@opennebula:role:gateway':
    - match: compound
    - opennebula
  'opennebula:role:gateway':
    - match: grain
    - gateway
