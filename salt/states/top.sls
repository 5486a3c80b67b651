# What a highstate applies. Copy the line into your own top file, or use this one.
base:
  '*':
    - opennebula
