# Creates what the pillar declares for a user: account, networks, gateway, then the labs.
#
#   salt-run state.orchestrate orch.add_user pillar='{user: alice}' --out=opennebula
#
# user: the user; lab: a lab, by default all labs, and none with false; limit, junit, profile: as for onelab.build.
# The states run on the minion in the master option opennebula_minion, or without this option on the master itself.
{%- set minion = salt['config.get']('opennebula_minion') %}
{%- set user = pillar.get('user') %}
{%- if not user %}
infrastructure:
  test.fail_without_changes:
    - comment: "user: must be given, such as pillar='{user: alice}'."
{%- elif minion %}
infrastructure:
  salt.function:
    - name: state.single
    - tgt: {{ minion | tojson }}
    - arg: [opennebula.infrastructure]
    - kwarg: {name: {{ user | tojson }}}
{%- else %}
infrastructure:
  opennebula.infrastructure:
    - name: {{ user | tojson }}
{%- endif %}

{%- if user and pillar.get('lab') is not sameas false %}

labs:
  salt.runner:
    - name: onelab.build
    - user: {{ user | tojson }}
{%-   for key in ('lab', 'limit', 'junit', 'profile') if key in pillar %}
    - {{ key }}: {{ pillar[key] | tojson }}
{%-   endfor %}
    - require:
      - infrastructure
{%- endif %}
