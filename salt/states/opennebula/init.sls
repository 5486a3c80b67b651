# Everything in OpenNebula that the pillar `opennebula` declares. It is applied on one minion, or without a master.
# `validated` comes first, and stops the run if the pillar has an error: then nothing is written.

opennebula pillar:
  opennebula.validated:
    - failhard: true

opennebula shared objects:
  opennebula.shared: []

# The name of a user may be a word that Salt reserves (`include`, `__id__`), or that of another state: so it is no ID.
{%- for user in salt['opennebula.users']() %}

{{ ('opennebula user ' ~ user) | yaml_dquote }}:
  opennebula.infrastructure:
    - name: {{ user | yaml_dquote }}
{%- endfor %}

# Waits for all gateways together, which boot in parallel.
opennebula gateways:
  opennebula.arrived: []
{%- if salt['pillar.get']('opennebula:prune') %}

# Shared objects, and objects of removed users, that are no longer declared.
opennebula no longer declared:
  opennebula.pruned: []
{%- endif %}
