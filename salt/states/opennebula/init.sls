# The cloud side: everything that the pillar `opennebula` describes, on one minion (or masterless).
# `validated` comes first and stops the run: nothing is written while the pillar has a fault.

opennebula pillar:
  opennebula.validated:
    - failhard: true

opennebula shared objects:
  opennebula.shared: []

{%- for user in salt['opennebula.users']() %}

{{ user | yaml_dquote }}:
  opennebula.infrastructure: []
{%- endfor %}

# The gateways boot side by side, and are awaited together.
opennebula gateways:
  opennebula.arrived: []
