# Reverts one VM or several to the snapshot of each disk.
#
#   salt-run state.orchestrate orch.reset_vm pillar='{user: alice, vm: web}' --out=opennebula
#
# user, vm: the user and the VM, both required; lab, limit, junit, profile, test: as for onelab.reset.
{%- if 'user' in pillar and 'vm' in pillar %}
reset the VM:
  salt.runner:
    - name: onelab.reset
{%-   for key in ('user', 'vm', 'lab', 'limit', 'junit', 'profile', 'test') if key in pillar %}
    - {{ key }}: {{ pillar[key] | tojson }}
{%-   endfor %}
{%- else %}
reset the VM:
  test.fail_without_changes:
    - comment: "user and vm: must be given, such as pillar='{user: alice, vm: web}'."
{%- endif %}
