# What a highstate applies. Copy the lines into your own top file, or use this one.
base:
  '* and not G@opennebula:role:gateway':
    - match: compound
    - opennebula
  'opennebula:role:gateway':
    - match: grain
    - gateway
