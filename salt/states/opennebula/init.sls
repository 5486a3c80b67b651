# The cloud side: everything that the pillar `opennebula` describes, on one minion (or masterless).
# `validated` comes first and stops the run: nothing is written while the pillar has an error.

opennebula pillar:
  opennebula.validated:
    - failhard: true

opennebula shared objects:
  opennebula.shared: []

# A user may be called like what Salt keeps for itself (`include`, `__id__`), or like another state: so a name is no ID.
{%- for user in salt['opennebula.users']() %}

{{ ('opennebula user ' ~ user) | yaml_dquote }}:
  opennebula.infrastructure:
    - name: {{ user | yaml_dquote }}
{%- endfor %}

# The gateways boot side by side, and are awaited together.
opennebula gateways:
  opennebula.arrived: []
{%- if salt['pillar.get']('opennebula:prune') %}

# What was made for all users, or for users who are gone, and is declared nowhere any more.
opennebula no longer declared:
  opennebula.pruned: []
{%- endif %}
