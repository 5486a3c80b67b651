# Rebuilds labs: each VM the fastest way that gives it the content its template has now.
#
#   salt-run state.orchestrate orch.rebuild_lab pillar='{lab: school, user: alice}' --out=opennebula
#
# lab, user, vm: which; strategy: revert, recreate, redeploy or auto; limit, junit, profile, test: as for
# onelab.rebuild.
rebuild the lab:
  salt.runner:
    - name: onelab.rebuild
{%- for key in ('lab', 'user', 'vm', 'strategy', 'limit', 'junit', 'profile', 'test') if key in pillar %}
    - {{ key }}: {{ pillar[key] | tojson }}
{%- endfor %}
