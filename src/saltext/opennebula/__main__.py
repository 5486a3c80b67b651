"""Tell where the SLS files are that came with the package, as configuration of a master or a masterless minion.

python -m saltext.opennebula > /etc/salt/master.d/opennebula-roots.conf
"""

from . import file_roots

print("# The states, orchestrations and reactor of saltext.opennebula, beside what is in the file roots already.")
print("# A master, or a minion, that has file_roots elsewhere wants these two lines there: Salt merges no lists.")
print("file_roots:")
print("  base:")
for folder in ("/srv/salt", *file_roots()):
    print(f"    - {folder}")
