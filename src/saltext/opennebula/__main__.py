"""Print the folders of the SLS files in this package, as configuration of a master or of a minion without one.

python -m saltext.opennebula > /etc/salt/master.d/opennebula-roots.conf
"""

from . import file_roots

print("# The states, orchestrations and reactor of saltext.opennebula, after your own states in /srv/salt.")
print("# If your configuration already has file_roots, add the last two lines there: Salt does not merge lists.")
print("file_roots:")
print("  base:")
for folder in ("/srv/salt", *file_roots()):
    print(f"    - {folder}")
