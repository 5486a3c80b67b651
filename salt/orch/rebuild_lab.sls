# Rebuilds labs: each VM gets the current content of its template, in the fastest way.
#
#   salt-run state.orchestrate orch.rebuild_lab pillar='{lab: school, user: alice}' --out=opennebula
#
# lab, user, vm: the lab, its user and one VM, by default all; strategy: revert, recreate, redeploy or auto; limit, junit, profile, test: as for
# onelab.rebuild.
rebuild the lab:
  salt.runner:
    - name: onelab.rebuild
{%- for key in ('lab', 'user', 'vm', 'strategy', 'limit', 'junit', 'profile', 'test') if key in pillar %}
    - {{ key }}: {{ pillar[key] | tojson }}
{%- endfor %}
